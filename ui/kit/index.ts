export type { Actor } from '#contracts/identity';
export { searchTexts, useParam, useSearchText } from './address.ts';
export { type Api, ApiProblem, type Call, createApi, type Upload } from './api.ts';
export { AsOf } from './as-of.tsx';
export { newCommandId } from './command-id.ts';
export { type Answer, type Question, useConfirm } from './confirm.tsx';
export { Dialog, type DialogProps } from './dialog.tsx';
export { DropZone, type DropZoneProps } from './drop-zone.tsx';
export { eventsOf, type StreamEvent } from './event-stream.ts';
export { Gate, mountFace, SignInForm } from './face.tsx';
export { type FieldProps, PasswordField, TextField } from './fields.tsx';
export { type Format, formatFor } from './format.ts';
export { Icon, type IconName } from './icons.tsx';
export { type LiveEvent, type LiveKind, type LiveOptions, type LiveState, useLive, useLiveState } from './live.ts';
export { useKitText } from './messages.ts';
export { type PageOf, type Pages, usePages, withQuery } from './pages.ts';
export { textHook, useColourScheme, useLanguage, usePreferences } from './preferences.tsx';
export { priceDetail } from './price-detail.ts';
export {
  Empty,
  ErrorNotice,
  InlineProblem,
  Loading,
  NoRights,
  NotFound,
  StateNotice,
  useCodeText,
  useProblemText,
} from './problems.tsx';
export { hasRole, type SessionInHand, useApi, useSession } from './session.tsx';
export { type NavItem, Shell, type ShellProps } from './shell.tsx';
export { Keys, type Shortcut, useShortcuts, useShortcutWindows } from './shortcuts.tsx';
export type { SignInProps } from './sign-in.tsx';
export {
  Chip,
  ITEM_STATE_LOOK,
  ItemStateChip,
  type Look,
  ORDER_STATUS_LOOK,
  StatusChip,
  type Tone,
} from './status.tsx';
export { type Catalogue, LANGUAGES, type Language, type Say, speaker } from './text.ts';
export { shopFloorTimeZone, useFormat } from './time-zone.ts';
export { Timeline, type TimelineEntry, type TimelineProps, useChangeName } from './timeline.tsx';
export { type Toast, useToasts } from './toasts.tsx';
export { type Column, VirtualList, type VirtualListProps } from './virtual-list.tsx';
