import { type DragEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { Icon } from './icons.tsx';
import { useKitText } from './messages.ts';

export interface DropZoneProps {
  /** As of `<input accept>`: `.stl,.3mf`. */
  accept: string;
  /** What is taken, and how large. */
  hint: string;
  compact?: boolean;
  onFiles(files: File[]): void;
  children?: ReactNode;
}

/** Takes files by drop (anywhere on the page), by click and by keyboard. */
export function DropZone({ accept, hint, compact = false, onFiles, children }: DropZoneProps) {
  const t = useKitText();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const take = (files: FileList | null) => {
    if (files && files.length > 0) onFiles([...files]);
  };
  useEffect(() => {
    const keepPage = (event: globalThis.DragEvent) => event.preventDefault();
    window.addEventListener('dragover', keepPage);
    window.addEventListener('drop', keepPage);
    return () => {
      window.removeEventListener('dragover', keepPage);
      window.removeEventListener('drop', keepPage);
    };
  }, []);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is the pointer's way; the button inside is everybody's
    <div
      className={`fl-drop ${over ? 'fl-drop-over' : ''} ${compact ? 'fl-drop-compact' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <Icon name="upload" size={compact ? 18 : 30} />
      <p>
        {t('drop.or')}{' '}
        <button type="button" className="fl-link" onClick={() => input.current?.click()}>
          {t('drop.choose')}
        </button>
      </p>
      <p className="fl-soft">{hint}</p>
      {children}
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={accept}
        data-testid="files"
        onChange={(event) => {
          take(event.currentTarget.files);
          event.currentTarget.value = '';
        }}
      />
    </div>
  );
}
