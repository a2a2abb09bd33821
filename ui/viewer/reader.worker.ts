import { featureEdges } from './edges.ts';
import { faceNormals, readStl, type Shape, ShapeError, type ShapeProblem } from './stl.ts';
import { thinOut } from './thin-out.ts';
import { readViewMesh, VIEW_MESH } from './view-mesh.ts';

export type Reading = { ok: true; shape: Shape } | { ok: false; problem: ShapeProblem };

self.onmessage = async ({ data }: MessageEvent<Blob>) => {
  try {
    const read = data.type === VIEW_MESH ? await readViewMesh(data) : readStl(await data.arrayBuffer());
    const { triangles, size, middle } = read;
    const positions = thinOut(read.positions);
    const normals = faceNormals(positions);
    const edges = featureEdges(positions, normals);
    const answer: Reading = { ok: true, shape: { positions, normals, edges, triangles, size, middle } };
    self.postMessage(answer, { transfer: [positions.buffer, normals.buffer, edges.buffer] });
  } catch (error) {
    const answer: Reading = { ok: false, problem: error instanceof ShapeError ? error.problem : 'unreadable' };
    self.postMessage(answer);
  }
};
