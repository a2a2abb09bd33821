export const en = {
  mm: 'mm',
  reading: 'Reading the model…',
  fit: 'Fit',
  edges: 'Edges',
  help: '{label}. Drag or use the arrow keys to turn it.',
  size: '{x} × {y} × {z} {unit}',
  triangles: '{count, plural, one {# triangle} other {# triangles}}',
  no_webgl: 'No 3D picture in this browser',
  empty: 'This file holds no triangles',
  unreadable: 'This file cannot be shown',
  too_large: 'Too large to be shown here',
  problem_hint: 'The picture is only a help: the server checks the file itself.',
} as const;
