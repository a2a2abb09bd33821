import { useKitText } from './messages.ts';
import { usePreferences } from './preferences.tsx';
import { LANGUAGES } from './text.ts';

/** An anvil's profile. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" className="fl-mark">
      <path
        d="M2 7h20v3.2c-3.8 0-6 1.3-6.6 3.6h-3.9L13 17h4v3H6v-3h3l1-3.2C6.6 13.6 3.6 11.4 2 7Z"
        fill="currentColor"
      />
    </svg>
  );
}

export function LanguageSwitch() {
  const t = useKitText();
  const { language, setLanguage } = usePreferences();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a form's looks
    <div role="group" aria-label={t('shell.language')} className="fl-language">
      {LANGUAGES.toReversed().map((code) => (
        <button key={code} type="button" aria-pressed={language === code} onClick={() => setLanguage(code)} lang={code}>
          {code.toUpperCase()}
        </button>
      ))}
    </div>
  );
}
