import type { Api } from '#ui/kit';

/** Fetches a file with this person's token and hands it to the browser's downloads. */
export async function save(api: Api, path: string, name: string): Promise<void> {
  const address = URL.createObjectURL(await fetchFile(api, path));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/** Opens a file in a tab of its own; the tab is opened by the click itself, or the browser would block it. */
export async function show(api: Api, path: string): Promise<void> {
  const tab = window.open('', '_blank');
  try {
    const address = URL.createObjectURL(await fetchFile(api, path));
    if (tab) tab.location.href = address;
    else window.location.href = address;
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  } catch (error) {
    tab?.close();
    throw error;
  }
}

export async function fetchFile(api: Api, path: string, signal = new AbortController().signal): Promise<Blob> {
  const response = await api.stream(path, {}, signal);
  return response.blob();
}
