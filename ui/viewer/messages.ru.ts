import type { en } from './messages.en.ts';

export const ru: Record<keyof typeof en, string> = {
  mm: 'мм',
  reading: 'Читаем модель…',
  fit: 'Вписать',
  edges: 'Рёбра',
  help: '{label}. Поворачивайте мышью или стрелками.',
  size: '{x} × {y} × {z} {unit}',
  triangles: '{count, plural, one {# треугольник} few {# треугольника} many {# треугольников} other {# треугольника}}',
  no_webgl: 'Этот браузер не показывает 3D',
  empty: 'В файле нет треугольников',
  unreadable: 'Этот файл не удалось показать',
  too_large: 'Модель слишком велика для показа здесь',
  problem_hint: 'Картинка нужна только для удобства: файл проверяет сервер.',
};
