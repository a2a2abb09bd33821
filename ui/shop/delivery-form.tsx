import type { ReactNode } from 'react';
import type { Person } from '#contracts/identity';
import type { Address } from '#contracts/orders';
import type { SavedAddress } from '#contracts/shop';
import { useLanguage } from '#ui/kit';
import { useText } from './messages.ts';

export interface Delivery {
  contact: { name: string; email: string; phone: string };
  address: Address;
  reference: string;
}

const COUNTRIES = ['RU', 'BY', 'KZ', 'AM', 'GE', 'RS', 'TR', 'AE', 'DE', 'FR', 'IT', 'ES', 'PL', 'FI', 'GB', 'US'];

/** What is known already: the account's name and address of mail, and where the last parcel went. */
export function firstDelivery(member: Person | null, addresses: readonly SavedAddress[]): Delivery {
  const name = member?.name ?? '';
  const blank = { recipient: name, line1: '', line2: '', city: '', postcode: '', country: 'RU' };
  return {
    contact: { name, email: member?.email ?? '', phone: '' },
    address: addresses[0]?.address ?? blank,
    reference: '',
  };
}

export function withMember(typed: Delivery, { name, email }: Person): Delivery {
  const { contact, address } = typed;
  return {
    ...typed,
    contact: { ...contact, name: contact.name || name, email: contact.email || (email ?? '') },
    address: { ...address, recipient: address.recipient || name },
  };
}

/** Contact and address; the browser's own checks say what is missing. */
export function DeliveryForm({ value, change }: { value: Delivery; change: (value: Delivery) => void }) {
  const t = useText();
  const language = useLanguage();
  const { contact, address } = value;
  const setContact = (part: Partial<Delivery['contact']>) => change({ ...value, contact: { ...contact, ...part } });
  const setAddress = (part: Partial<Address>) => change({ ...value, address: { ...address, ...part } });
  /** Most parcels go to who ordered them. */
  const setName = (name: string) => {
    const recipient = address.recipient === contact.name ? name : address.recipient;
    change({ ...value, contact: { ...contact, name }, address: { ...address, recipient } });
  };
  const countries = new Intl.DisplayNames([language], { type: 'region' });
  return (
    <>
      <fieldset className="fl-card shop-fields">
        <legend>{t('checkout.contact')}</legend>
        <Field label={t('checkout.name')} wide>
          <input
            required
            maxLength={200}
            autoComplete="name"
            value={contact.name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </Field>
        <Field label={t('checkout.email')}>
          <input
            required
            type="email"
            maxLength={254}
            autoComplete="email"
            value={contact.email}
            onChange={(event) => setContact({ email: event.currentTarget.value })}
          />
        </Field>
        <Field label={t('checkout.phone')}>
          <input
            type="tel"
            maxLength={40}
            autoComplete="tel"
            value={contact.phone}
            onChange={(event) => setContact({ phone: event.currentTarget.value })}
          />
        </Field>
      </fieldset>
      <fieldset className="fl-card shop-fields">
        <legend>{t('checkout.address')}</legend>
        <Field label={t('checkout.recipient')} wide>
          <input
            required
            maxLength={200}
            autoComplete="shipping name"
            value={address.recipient}
            onChange={(event) => setAddress({ recipient: event.currentTarget.value })}
          />
        </Field>
        <Field label={t('checkout.line1')} wide>
          <input
            required
            maxLength={200}
            autoComplete="address-line1"
            value={address.line1}
            onChange={(event) => setAddress({ line1: event.currentTarget.value })}
          />
        </Field>
        <Field label={t('checkout.line2')} wide>
          <input
            maxLength={200}
            autoComplete="address-line2"
            value={address.line2}
            onChange={(event) => setAddress({ line2: event.currentTarget.value })}
          />
        </Field>
        <Field label={t('checkout.city')}>
          <input
            required
            maxLength={100}
            autoComplete="address-level2"
            value={address.city}
            onChange={(event) => setAddress({ city: event.currentTarget.value })}
          />
        </Field>
        <Field label={t('checkout.postcode')}>
          <input
            required
            maxLength={20}
            autoComplete="postal-code"
            value={address.postcode}
            onChange={(event) => setAddress({ postcode: event.currentTarget.value })}
          />
        </Field>
        <Field label={t('checkout.country')}>
          <select
            autoComplete="country"
            value={address.country}
            onChange={(event) => setAddress({ country: event.currentTarget.value })}
          >
            {COUNTRIES.map((code) => (
              <option key={code} value={code}>
                {countries.of(code)}
              </option>
            ))}
          </select>
        </Field>
        <Field label={t('checkout.reference')}>
          <input
            maxLength={100}
            value={value.reference}
            onChange={(event) => change({ ...value, reference: event.currentTarget.value })}
          />
        </Field>
      </fieldset>
    </>
  );
}

function Field({ label, wide = false, children }: { label: string; wide?: boolean; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control comes as the child
    <label className={`fl-field ${wide ? 'shop-field-wide' : ''}`}>
      {label}
      {children}
    </label>
  );
}
