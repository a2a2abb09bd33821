import { MantineProvider, useMantineColorScheme } from '@mantine/core';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { type Catalogue, LANGUAGES, type Language, type Say, speaker } from './text.ts';
import { cssVariables, theme } from './theme.ts';

const LANGUAGE_KEY = 'forgeline.language';

interface Preferences {
  language: Language;
  setLanguage(language: Language): void;
}

const PreferencesContext = createContext<Preferences | null>(null);

/** Language and colours of this person on this device: remembered, else what the browser asks for. */
export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(rememberedLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const value = useMemo(
    () => ({
      language,
      setLanguage(next: Language) {
        localStorage.setItem(LANGUAGE_KEY, next);
        setLanguage(next);
      },
    }),
    [language],
  );
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <PreferencesContext.Provider value={value}>{children}</PreferencesContext.Provider>
    </MantineProvider>
  );
}

export function usePreferences(): Preferences {
  const preferences = useContext(PreferencesContext);
  if (!preferences) throw new Error('usePreferences needs mountFace around it');
  return preferences;
}

export function useLanguage(): Language {
  return usePreferences().language;
}

/** `const useText = textHook({ en, ru })` in a face; `const t = useText(); t('cart.parts', { count })` in a component. */
export function textHook<Key extends string>(catalogue: Catalogue<Key>): () => Say<Key> {
  const say = speaker(catalogue);
  return () => say(useLanguage());
}

export type ColourScheme = 'auto' | 'light' | 'dark';

/** The chosen scheme (auto follows the system) and the way to change it; Mantine remembers it. */
export function useColourScheme(): { scheme: ColourScheme; setScheme: (scheme: ColourScheme) => void } {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return { scheme: colorScheme, setScheme: setColorScheme };
}

function rememberedLanguage(): Language {
  const remembered = localStorage.getItem(LANGUAGE_KEY);
  const known = LANGUAGES.find((language) => language === remembered);
  if (known) return known;
  return navigator.language.toLowerCase().startsWith('ru') ? 'ru' : 'en';
}
