/** A signet ring of 21 mm, made here, for who has no file at hand. Binary STL, millimetres, closed. */
export function sampleRing(): File {
  const around = 96;
  const across = 28;
  const point = (i: number, j: number): [number, number, number] => {
    const turn = (i / around) * 2 * Math.PI;
    const section = (j / across) * 2 * Math.PI;
    const crown = Math.max(0, Math.cos(turn)) ** 6;
    const thick = 0.95 + 1.15 * crown;
    const wide = 1.9 + 2.6 * crown;
    const squared = (value: number) => Math.sign(value) * Math.abs(value) ** 0.72;
    const radius = 9.2 + thick + thick * squared(Math.cos(section));
    return [radius * Math.sin(turn), wide * squared(Math.sin(section)), radius * Math.cos(turn)];
  };
  const bytes = new DataView(new ArrayBuffer(84 + 50 * around * across * 2));
  bytes.setUint32(80, around * across * 2, true);
  let at = 84;
  const triangle = (...corners: [number, number, number][]) => {
    for (const [n, value] of corners.flat().entries()) bytes.setFloat32(at + 12 + 4 * n, value, true);
    at += 50;
  };
  for (let i = 0; i < around; i++) {
    for (let j = 0; j < across; j++) {
      const a = point(i, j);
      const b = point((i + 1) % around, j);
      const c = point((i + 1) % around, (j + 1) % across);
      const d = point(i, (j + 1) % across);
      triangle(a, b, c);
      triangle(a, c, d);
    }
  }
  return new File([bytes.buffer as ArrayBuffer], 'signet-ring.stl', { type: 'model/stl' });
}
