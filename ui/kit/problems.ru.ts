/** The server's refusals in Russian, by code. English comes with the answer itself; a test holds this list complete. */
export const PROBLEMS_RU: Record<string, { title: string; hint: string }> = {
  'network.unreachable': {
    title: 'Нет связи с сервером',
    hint: 'Проверьте сеть и повторите. Ничего не потеряно.',
  },
  'request.invalid': { title: 'Запрос заполнен неверно', hint: 'Исправьте указанное поле и отправьте снова.' },
  'request.too_large': { title: 'Запрос слишком велик', hint: 'Отправьте меньше за один раз.' },
  'request.unsupported_type': { title: 'Такой тип данных здесь не принимается', hint: 'Отправьте файл или форму.' },
  'request.timeout': { title: 'Запрос шёл слишком долго', hint: 'Отправьте его ещё раз.' },
  'auth.required': { title: 'Сначала войдите', hint: 'Войдите и повторите.' },
  'auth.expired': { title: 'Сеанс истёк', hint: 'Войдите снова.' },
  'auth.forbidden': { title: 'Вашей роли это недоступно', hint: 'Попросите у администратора нужную роль.' },
  'resource.not_found': { title: 'Здесь такого нет', hint: 'Проверьте адрес.' },
  'rate.limited': { title: 'Слишком много запросов', hint: 'Подождите немного и повторите.' },
  'room.unavailable': {
    title: 'Часть системы недоступна',
    hint: 'Ничего не изменилось. Повторите через несколько секунд.',
  },
  'internal.error': {
    title: 'Что-то сломалось на нашей стороне',
    hint: 'Повторите; если не поможет, назовите поддержке номер запроса.',
  },
};
