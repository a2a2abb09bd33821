import type { Api } from '#ui/kit';

const KEEP_MS = 60_000;

/**
 * Opens a file that needs the person's token in a tab of its own, where it can be printed. The tab opens within the
 * click, or the browser would hold it back.
 */
export async function openFile(api: Api, path: string): Promise<void> {
  const tab = window.open('', '_blank');
  try {
    const url = await objectUrl(api, path);
    if (tab) tab.location.href = url;
    else window.location.href = url;
  } catch (error) {
    tab?.close();
    throw error;
  }
}

export async function downloadFile(api: Api, path: string, fileName: string): Promise<void> {
  const link = document.createElement('a');
  link.href = await objectUrl(api, path);
  link.download = fileName;
  link.click();
}

async function objectUrl(api: Api, path: string): Promise<string> {
  const response = await api.stream(path, {}, new AbortController().signal);
  const url = URL.createObjectURL(await response.blob());
  setTimeout(() => URL.revokeObjectURL(url), KEEP_MS);
  return url;
}
