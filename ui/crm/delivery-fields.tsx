import type { Address } from '#contracts/orders';
import { useLanguage } from '#ui/kit';
import { useText } from './messages.ts';

export interface Delivery {
  name: string;
  email: string;
  phone: string;
  line1: string;
  line2: string;
  city: string;
  postcode: string;
  country: string;
  reference: string;
}

export const NO_DELIVERY: Delivery = {
  name: '',
  email: '',
  phone: '',
  line1: '',
  line2: '',
  city: '',
  postcode: '',
  country: 'RU',
  reference: '',
};

export function addressOf({ name, line1, line2, city, postcode, country }: Delivery): Address {
  return { recipient: name, line1, line2, city, postcode, country };
}

const COUNTRIES = ['RU', 'BY', 'KZ', 'AM', 'GE', 'RS', 'TR', 'AE', 'DE', 'FR', 'IT', 'ES', 'PL', 'FI', 'GB', 'US'];

const FIELDS: {
  name: Exclude<keyof Delivery, 'country'>;
  most: number;
  type?: string;
  optional?: true;
  wide?: true;
}[] = [
  { name: 'name', most: 200, wide: true },
  { name: 'email', most: 254, type: 'email' },
  { name: 'phone', most: 40, type: 'tel', optional: true },
  { name: 'line1', most: 200 },
  { name: 'line2', most: 200, optional: true },
  { name: 'city', most: 100 },
  { name: 'postcode', most: 20 },
];

/** Whom to reach and where it goes. */
export function DeliveryFields({ value, change }: { value: Delivery; change(news: Partial<Delivery>): void }) {
  const t = useText();
  const language = useLanguage();
  const countries = new Intl.DisplayNames([language], { type: 'region' });
  return (
    <div className="crm-delivery">
      {FIELDS.map(({ name, most, type = 'text', optional = false, wide = false }) => (
        <label key={name} className={`fl-field ${wide ? 'crm-wide' : ''}`}>
          {t(`delivery.${name}`)}
          <input
            type={type}
            required={!optional}
            maxLength={most}
            value={value[name]}
            onChange={(event) => change({ [name]: event.currentTarget.value })}
          />
        </label>
      ))}
      <label className="fl-field">
        {t('delivery.country')}
        <select value={value.country} onChange={(event) => change({ country: event.currentTarget.value })}>
          {COUNTRIES.map((code) => (
            <option key={code} value={code}>
              {countries.of(code)}
            </option>
          ))}
        </select>
      </label>
      <label className="fl-field">
        {t('delivery.reference')}
        <input
          maxLength={100}
          value={value.reference}
          onChange={(event) => change({ reference: event.currentTarget.value })}
        />
      </label>
    </div>
  );
}
