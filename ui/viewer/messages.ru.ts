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
  'walls.title': 'Толщина стенок',
  'walls.good': 'Стенки не тоньше {limit} мм, как и нужно материалу.',
  'walls.thin': 'На {share} % поверхности стенки тоньше {limit} мм, нужных материалу.',
  'walls.show': 'Показать на модели',
  'walls.places': 'Самые тонкие места',
  'walls.place': '{thinnest} мм на {area} мм²',
  'heat.thin': 'тоньше {limit} мм',
  'heat.thick': 'достаточно толстые',
  'surface.title': 'Что нашлось в поверхности',
  'surface.shells': '{count, plural, one {# тело} few {# тела} many {# тел} other {# тела}} в файле',
  'surface.cavities':
    'внутри {count, plural, one {# закрытая полость} few {# закрытые полости} many {# закрытых полостей} other {# закрытой полости}}, {volume} см³: что внутри, там и останется',
  'surface.open_edges': '{count, plural, one {# ребро} few {# ребра} many {# рёбер} other {# ребра}} без второй грани',
  'surface.non_manifold':
    '{count, plural, one {# ребро} few {# ребра} many {# рёбер} other {# ребра}} больше чем с двумя гранями',
  'repair.duplicate_faces_removed':
    '{count, plural, one {# двойная грань удалена} few {# двойные грани удалены} many {# двойных граней удалено} other {# двойной грани удалено}}',
  'repair.duplicate_shells_removed': 'тело, записанное дважды, удалено',
  'repair.corners_welded': 'почти совпадающие углы соединены',
  'repair.faces_turned':
    '{count, plural, one {# грань развёрнута} few {# грани развёрнуты} many {# граней развёрнуто} other {# грани развёрнуто}} наружу',
  'repair.holes_filled':
    'отверстия закрыты, {count, plural, one {# грань} few {# грани} many {# граней} other {# грани}}',
  'repair.change': '(объём {percent} %)',
  'repair.change_unknown': '(своего объёма нет)',
  'finding.inverted': 'модель была вывернута: прочитана как надо',
  'finding.overlapping_shells': 'тела пересекаются',
  'finding.count_corrected': 'в файле указано неверное число треугольников: пересчитано',
  'finding.trailing_bytes': 'после модели в файле есть лишнее: не учтено',
};
