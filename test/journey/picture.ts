import type { Locator } from 'playwright-core';

export interface Picture {
  png: Buffer;
  /** Different colours in it. */
  colours: number;
  /** Share of pixels that have another colour than the upper left corner. */
  drawn: number;
}

/** What the person sees there, counted by its pixels. */
export async function pictureOf(place: Locator): Promise<Picture> {
  const png = await place.screenshot({ animations: 'disabled' });
  const counted = await place.page().evaluate<Omit<Picture, 'png'>>(`(${COUNT})('${png.toString('base64')}')`);
  return { png, ...counted };
}

/** Runs in the page: the browser reads its own PNG best. */
const COUNT = `async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
  return {
    colours: new Set(pixels).size,
    drawn: pixels.filter((pixel) => pixel !== pixels[0]).length / pixels.length,
  };
}`;
