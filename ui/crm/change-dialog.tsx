import { Button } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { OrderItem } from '#contracts/orders';
import type { Catalogue } from '#contracts/pricing';
import { Dialog, ErrorNotice, Loading, useLanguage } from '#ui/kit';
import { useText } from './messages.ts';
import type { CommandDialogProps } from './payment-dialog.tsx';
import { useCatalogue } from './use-catalogue.ts';
import { useCommands } from './use-commands.ts';

interface Wish {
  material: string;
  finish: string;
  quantity: number;
}

/** Another material, finish or number of pieces: the order is priced again. */
export function ChangeDialog(props: CommandDialogProps) {
  const t = useText();
  const catalogue = useCatalogue(props.card.order.currency, props.opened);
  return (
    <Dialog opened={props.opened} onClose={props.close} title={t('change.title')} width={720}>
      {catalogue.error && <ErrorNotice error={catalogue.error} />}
      {catalogue.isPending && <Loading />}
      {catalogue.data && <ChangeForm {...props} catalogue={catalogue.data} />}
    </Dialog>
  );
}

function ChangeForm({ close, card, inHand, catalogue }: CommandDialogProps & { catalogue: Catalogue }) {
  const t = useText();
  const { run, busy } = useCommands(card, inHand);
  const { items } = card.order;
  const [wishes, setWishes] = useState<Record<string, Wish>>(() =>
    Object.fromEntries(items.map((item) => [item.id, wishOf(item)])),
  );
  const changed = items.filter((item) => JSON.stringify(wishes[item.id]) !== JSON.stringify(wishOf(item)));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    await run('change_specification', { items: changed.map(({ id }) => ({ itemId: id, ...wishes[id] })) });
    close();
  };
  return (
    <form className="fl-stack" onSubmit={(event) => void submit(event)}>
      <p className="fl-soft">{t('change.lead')}</p>
      {items.map((item) => (
        <WishFields
          key={item.id}
          name={item.specification.fileName}
          wish={wishes[item.id]!}
          change={(wish) => setWishes({ ...wishes, [item.id]: wish })}
          catalogue={catalogue}
        />
      ))}
      <div className="fl-actions">
        <Button type="submit" disabled={changed.length === 0 || busy !== null}>
          {t('change.submit')}
        </Button>
      </div>
    </form>
  );
}

function wishOf({ specification: { material, finish, quantity } }: OrderItem): Wish {
  return { material, finish, quantity };
}

interface WishProps {
  name: string;
  wish: Wish;
  change(wish: Wish): void;
  catalogue: Catalogue;
}

function WishFields({ name, wish, change, catalogue }: WishProps) {
  const t = useText();
  const language = useLanguage();
  const finishes = catalogue.materials.find(({ id }) => id === wish.material)?.finishes ?? [];
  const setMaterial = (id: string) => {
    const first = catalogue.materials.find((one) => one.id === id)?.finishes[0]?.id ?? '';
    change({ ...wish, material: id, finish: first });
  };
  return (
    <fieldset className="crm-choice">
      <legend>{name}</legend>
      <div className="crm-three">
        <label className="fl-field">
          {t('item.material')}
          <select value={wish.material} onChange={(event) => setMaterial(event.currentTarget.value)}>
            {catalogue.materials.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name[language]}
              </option>
            ))}
          </select>
        </label>
        <label className="fl-field">
          {t('item.finish')}
          <select value={wish.finish} onChange={(event) => change({ ...wish, finish: event.currentTarget.value })}>
            {finishes.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name[language]}
              </option>
            ))}
          </select>
        </label>
        <label className="fl-field">
          {t('item.quantity')}
          <input
            type="number"
            required
            min={1}
            max={100_000}
            value={wish.quantity}
            onChange={(event) => change({ ...wish, quantity: event.currentTarget.valueAsNumber })}
          />
        </label>
      </div>
    </fieldset>
  );
}
