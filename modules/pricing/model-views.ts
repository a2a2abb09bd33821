import { buffer } from 'node:stream/consumers';
import type { Actor } from '#contracts/identity';
import { type GeometryReport, PRICING_ERRORS } from '#contracts/pricing';
import { Fault } from '#platform/http';
import type { Desk } from './desk.ts';
import { decodePicture, paintPicture } from './geometry/index.ts';
import { MILLIMETRES } from './price.ts';
import { modelPage, quotePage } from './quote-page.ts';
import { findReportOfFile } from './store-views.ts';

/** A file that is shown, not made from: `type` says to the viewer how to read it. */
export interface ShownFile {
  sha256: string;
  type: 'model/stl' | 'application/vnd.forgeline.mesh' | 'application/vnd.forgeline.heat';
}

/**
 * What the viewer draws of a model that the actor may see: the mesh that the kernel left, or the file itself where that is
 * as good.
 * @throws Fault `model.not_found`, `model.view_missing`
 */
export async function shapeOfModel(desk: Desk, actor: Actor, id: string): Promise<ShownFile> {
  const { report } = await modelPage(desk, actor, id);
  return shapeOf(report);
}

/** The wall thickness of a model, as a volume to look it up in. Throws Fault like `shapeOfModel`. */
export async function heatOfModel(desk: Desk, actor: Actor, id: string): Promise<ShownFile> {
  const { report } = await modelPage(desk, actor, id);
  return heatOf(report);
}

/** The same by the file's hash, for those who make it. Throws Fault `model.view_missing`. */
export async function viewOfFile(desk: Desk, sha256: string, view: 'shape' | 'heat'): Promise<ShownFile> {
  const report = await findReportOfFile(desk.sql, sha256);
  return view === 'shape' ? shapeOf(report) : heatOf(report);
}

/**
 * A picture of a quoted part as a PNG, its walls coloured where the material needs thicker ones.
 * @throws Fault `quote.not_found`, `model.view_missing`
 */
export async function pictureOfItem(
  desk: Desk,
  actor: Actor,
  { id, itemId, theme }: { id: string; itemId: string; theme: 'light' | 'dark' },
): Promise<Buffer> {
  const item = (await quotePage(desk, actor, id)).items.find((each) => each.id === itemId);
  if (!item) throw new Fault(PRICING_ERRORS['quote.not_found']);
  const address = item.report?.views?.picture;
  if (!address) throw new Fault(PRICING_ERRORS['model.view_missing']);
  const layers = decodePicture(await buffer(await desk.blobs.get(address)));
  const limit = item.thickness ? item.thickness.limitMm / MILLIMETRES[item.specification.unit] : 0;
  return paintPicture(layers, { limit, theme });
}

function shapeOf(report: GeometryReport | null): ShownFile {
  if (report?.views?.mesh) return { sha256: report.views.mesh, type: 'application/vnd.forgeline.mesh' };
  if (report?.format.startsWith('stl')) return { sha256: report.sha256, type: 'model/stl' };
  throw new Fault(PRICING_ERRORS['model.view_missing']);
}

function heatOf(report: GeometryReport | null): ShownFile {
  if (report?.views?.heat) return { sha256: report.views.heat, type: 'application/vnd.forgeline.heat' };
  throw new Fault(PRICING_ERRORS['model.view_missing']);
}
