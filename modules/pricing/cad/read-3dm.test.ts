import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import rhino3dm, { type File3dm, type GeometryBase, type Mesh, type ObjectAttributes, type Transform } from 'rhino3dm';
import { withFile } from '../file-source.ts';
import { analyse, GeometryRefusal, type Measurement } from '../geometry/index.ts';
import type { CadFacts } from './cad-messages.ts';
import { read3dm } from './read-3dm.ts';
import { TriangleFile } from './triangle-file.ts';

const rhino = await rhino3dm();
const folder = mkdtempSync(path.join(tmpdir(), 'forgeline-3dm-test-'));
after(() => rmSync(folder, { recursive: true }));

type Point = [number, number, number];

/** A box from the origin to `x`, `y`, `z`, of six quadrangles; `isDouble` keeps all digits of its corners. */
function box([x, y, z]: Point, isDouble = false): Mesh {
  const mesh = new rhino.Mesh();
  const vertices = mesh.vertices();
  for (let at = 0; at < 8; at++) {
    const corner: Point = [at & 1 ? x : 0, at & 2 ? y : 0, at & 4 ? z : 0];
    if (isDouble) vertices.addPoint3d(...corner);
    else vertices.add(...corner);
  }
  const faces: [number, number, number, number][] = [
    [0, 2, 3, 1],
    [4, 5, 7, 6],
    [0, 1, 5, 4],
    [2, 6, 7, 3],
    [0, 4, 6, 2],
    [1, 3, 7, 5],
  ];
  for (const face of faces) mesh.faces().addQuadFace(...face);
  return mesh;
}

function attributes(
  changed: Partial<Pick<ObjectAttributes, 'layerIndex' | 'visible' | 'mode'>> = {},
): ObjectAttributes {
  return Object.assign(new rhino.ObjectAttributes(), changed);
}

/** The index of a new layer. */
function layer(document: File3dm, { visible = true, parent }: { visible?: boolean; parent?: number }): number {
  const made = new rhino.Layer();
  made.name = `${document.layers().count}`;
  made.visible = visible;
  if (parent !== undefined) made.parentLayerId = document.layers().get(parent).id;
  return document.layers().add(made);
}

function block(document: File3dm, of: GeometryBase[], attributed = of.map(() => attributes())): string {
  const { id } = document
    .instanceDefinitions()
    .get(
      document
        .instanceDefinitions()
        .add(`${document.instanceDefinitions().count}`, '', '', '', [0, 0, 0], of, attributed),
    );
  return id;
}

// The declared constructor takes nothing; the real one does.
const InstanceReference = rhino.InstanceReference as unknown as new (id: string, where: Transform) => GeometryBase;

function reference(id: string, where = rhino.Transform.identity()): GeometryBase {
  return new InstanceReference(id, where);
}

function place(document: File3dm, id: string, where: Transform): void {
  document.objects().add(reference(id, where), attributes());
}

let written = 0;

async function read(document: File3dm): Promise<CadFacts & { measured: Measurement }> {
  const file = path.join(folder, `${written++}.stl`);
  const into = new TriangleFile(file);
  try {
    const facts = await read3dm(document.toByteArray(), into);
    into.close();
    return { ...facts, measured: withFile(file, (source) => analyse(source, { seed: 1, rays: 0 })) };
  } catch (error) {
    into.close();
    throw error;
  }
}

async function refusal(document: File3dm): Promise<string> {
  const error = await read(document).then(
    () => assert.fail('it was read'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof GeometryRefusal, String(error));
  return error.message;
}

function documentIn(unit: unknown): File3dm {
  const document = new rhino.File3dm();
  Object.assign(document.settings(), { modelUnitSystem: unit });
  return document;
}

describe('units', () => {
  const { UnitSystem } = rhino;
  const cases: [string, unknown, string | null, number][] = [
    ['millimetres', UnitSystem.Millimeters, 'mm', 6],
    ['inches', UnitSystem.Inches, 'in', 6],
    ['microns become millimetres', UnitSystem.Microns, 'mm', 6e-9],
    ['none', UnitSystem.None, null, 6],
    ['light years, in which nothing is made', UnitSystem.LightYears, null, 6],
  ];
  for (const [name, system, unit, volume] of cases) {
    test(name, async () => {
      const document = documentIn(system);
      document.objects().addMesh(box([1, 2, 3]), attributes());
      const { unit: found, findings, measured } = await read(document);
      assert.equal(found, unit);
      assert.deepEqual(findings, system === UnitSystem.LightYears ? ['unit_unknown'] : []);
      assert.ok(Math.abs(measured.volume / volume - 1) < 1e-6, `${measured.volume}`);
      assert.equal(measured.verdict, 'closed');
    });
  }
});

test('what cannot be seen is not made: hidden things, hidden layers and what lies below them', async () => {
  const document = new rhino.File3dm();
  const shown = layer(document, {});
  const hidden = layer(document, { visible: false });
  const below = layer(document, { parent: hidden });
  const objects = document.objects();
  objects.addMesh(box([1, 1, 1]), attributes({ layerIndex: shown }));
  objects.addMesh(box([2, 2, 2]), attributes({ layerIndex: hidden }));
  objects.addMesh(box([3, 3, 3]), attributes({ layerIndex: below }));
  objects.addMesh(box([4, 4, 4]), attributes({ layerIndex: shown, visible: false }));
  objects.addPoint([9, 9, 9]);
  assert.equal((await read(document)).measured.volume, 1);
});

describe('blocks', () => {
  test('are placed within each other', async () => {
    const document = new rhino.File3dm();
    const inner = block(document, [box([1, 2, 3])]);
    const outer = block(document, [reference(inner, rhino.Transform.translationXYZ(10, 0, 0))]);
    place(document, outer, rhino.Transform.scale([0, 0, 0], 2));
    assert.deepEqual((await read(document)).measured.box, { min: [20, 0, 0], max: [22, 4, 6] });
  });

  test('are placed, mirrored and scaled', async () => {
    const document = new rhino.File3dm();
    const id = block(document, [box([1, 2, 3])]);
    place(document, id, rhino.Transform.translationXYZ(100, 0, 0));
    place(document, id, rhino.Transform.mirror([0, 0, 0], [1, 0, 0]));
    const scaled = rhino.Transform.multiply(
      rhino.Transform.translationXYZ(0, 50, 0),
      rhino.Transform.scale([0, 0, 0], 2),
    );
    place(document, id, scaled);
    const { measured } = await read(document);
    assert.equal(measured.volume, 6 + 6 + 8 * 6);
    assert.deepEqual(measured.repairs, []);
    assert.deepEqual(measured.box, { min: [-1, 0, 0], max: [101, 54, 6] });
  });

  test('do not bring what is hidden in them', async () => {
    const document = new rhino.File3dm();
    layer(document, {});
    const hidden = layer(document, { visible: false });
    const id = block(document, [box([1, 1, 1]), box([5, 5, 5])], [attributes(), attributes({ layerIndex: hidden })]);
    place(document, id, rhino.Transform.identity());
    assert.equal((await read(document)).measured.volume, 1);
  });

  test('without anything in them are parts that are missing', async () => {
    const document = new rhino.File3dm();
    document.objects().addMesh(box([1, 1, 1]), attributes());
    place(document, '11111111-2222-3333-4444-555555555555', rhino.Transform.identity());
    assert.match(await refusal(document), /other files/);
  });
});

describe('surfaces', () => {
  const sphere = () => new rhino.Sphere([0, 0, 0], 5).toBrep();

  test('are measured by the mesh that Rhino keeps for drawing them', async () => {
    const document = new rhino.File3dm();
    const drawn = sphere();
    // The declared order of the arguments is not the real one.
    const face = drawn.faces().get(0) as unknown as { setMesh(mesh: Mesh, kind: unknown): boolean };
    face.setMesh(box([1, 2, 3]), rhino.MeshType.Render);
    document.objects().addBrep(drawn, attributes());
    const { measured, findings } = await read(document);
    assert.equal(measured.volume, 6);
    assert.deepEqual(findings, ['render_mesh']);
  });

  test('without one are refused, also beside bodies that have one', async () => {
    const document = new rhino.File3dm();
    document.objects().addBrep(sphere(), attributes());
    assert.match(await refusal(document), /1 of 1 visible bodies/);
    document.objects().addMesh(box([1, 1, 1]), attributes());
    assert.match(await refusal(document), /1 of 2 visible bodies/);
  });

  test('a file of points and curves holds no body, an empty one nothing', async () => {
    const document = new rhino.File3dm();
    assert.match(await refusal(document), /no triangles/);
    document.objects().addPoint([1, 2, 3]);
    assert.match(await refusal(document), /no mesh/);
  });
});

test('corners keep the digits that 32 bits have no room for until they are placed', async () => {
  const document = new rhino.File3dm();
  const far = box([1, 1, 1], true);
  for (let at = 0; at < 8; at++) {
    const [x = 0, y = 0, z = 0] = far.vertices().point3dAt(at);
    far.vertices().setPoint3dAt(at, [x + 123_456_789, y, z]);
  }
  const id = block(document, [far]);
  place(document, id, rhino.Transform.translationXYZ(-123_456_789, 0, 0));
  assert.equal((await read(document)).measured.volume, 1);
});

/** A block that holds so many of the block before it, `levels` times over. */
function nested(levels: number, times: number): File3dm {
  const document = new rhino.File3dm();
  let id = block(document, [box([1, 1, 1])]);
  for (let level = 0; level < levels; level++)
    id = block(
      document,
      Array.from({ length: times }, () => reference(id)),
    );
  place(document, id, rhino.Transform.identity());
  return document;
}

test('a few blocks within blocks that stand for millions are refused, and so is what lies too deep', async () => {
  assert.match(await refusal(nested(6, 10)), /too many placed objects/);
  assert.match(await refusal(nested(20, 1)), /nested too deeply/);
  assert.equal((await read(nested(10, 1))).measured.volume, 1);
});
