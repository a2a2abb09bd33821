import { type I18n, setupI18n } from '@lingui/core';
import { compileMessage } from '@lingui/message-utils/compileMessage';

export const LANGUAGES = ['en', 'ru'] as const;
export type Language = (typeof LANGUAGES)[number];

export type Values = Record<string, string | number>;

/** Says one message of a catalogue in one language. Messages are ICU: `{count, plural, one {# part} other {# parts}}`. */
export type Say<Key extends string> = (key: Key, values?: Values) => string;

/** The texts of one part of the UI in every language; the compiler demands the same keys of each. */
export type Catalogue<Key extends string> = Record<Language, Record<Key, string>>;

/** Prepares a catalogue: `speaker(catalogue)('ru')('cart.parts', { count: 3 })`. Compiled once per message, on first use. */
export function speaker<Key extends string>(catalogue: Catalogue<Key>): (language: Language) => Say<Key> {
  const known = new Map<Language, Say<Key>>();
  return (language) => {
    const ready = known.get(language);
    if (ready) return ready;
    const i18n = messagesOf(language, catalogue[language]);
    const say: Say<Key> = (key, values) => i18n._(key, values);
    known.set(language, say);
    return say;
  };
}

function messagesOf(language: Language, messages: Record<string, string>): I18n {
  const i18n = setupI18n({ locale: language, messages: { [language]: messages } });
  i18n.setMessagesCompiler(compileMessage);
  return i18n;
}
