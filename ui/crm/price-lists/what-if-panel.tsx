import { Button } from '@mantine/core';
import { useState } from 'react';
import type { PriceDraft, WhatIf } from '#contracts/price-lists';
import { InlineProblem, useFormat, useLanguage } from '#ui/kit';
import { useAct } from '../use-act.ts';
import { usePriceText } from './messages.ts';
import { usePriceActions } from './use-price-lists.ts';

/** What the saved draft would have asked for past quotes. */
export function WhatIfPanel({ draft, isChanged }: { draft: PriceDraft; isChanged: boolean }) {
  const t = usePriceText();
  const { tryOver } = usePriceActions();
  const { busy, problem, act } = useAct();
  const [found, setFound] = useState<WhatIf | null>(null);
  return (
    <div className="fl-stack">
      <p className="fl-soft">{t(isChanged ? 'what_if.save_first' : 'what_if.lead')}</p>
      <div>
        <Button
          loading={busy}
          disabled={isChanged || draft.problems.length > 0}
          onClick={() => void act(async () => setFound(await tryOver(draft.id)))}
        >
          {t('what_if.run')}
        </Button>
      </div>
      {draft.problems.length > 0 && <p className="fl-soft">{t('publish.mistakes')}</p>}
      {problem !== null && <InlineProblem error={problem} />}
      {found && <Found found={found} />}
    </div>
  );
}

function Found({ found }: { found: WhatIf }) {
  const t = usePriceText();
  const format = useFormat();
  const percent = usePercent();
  if (found.quotes === 0) return <p>{t('what_if.none')}</p>;
  const change = found.before.minor > 0 ? found.after.minor / found.before.minor - 1 : 0;
  return (
    <div className="fl-stack" role="status">
      <p>
        {t('what_if.looked', { count: found.quotes })} · {t('what_if.unchanged', { count: found.unchanged })}
        {found.lost > 0 && ` · ${t('what_if.lost', { count: found.lost })}`}
      </p>
      <dl className="crm-sums">
        <div>
          <dt>
            {t('what_if.together')}, {t('what_if.before')}
          </dt>
          <dd>{format.money(found.before)}</dd>
        </div>
        <div className="crm-sum-total">
          <dt>
            {t('what_if.together')}, {t('what_if.after')}
          </dt>
          <dd>
            {format.money(found.after)} <span className="fl-soft">{percent(change)}</span>
          </dd>
        </div>
      </dl>
      <Histogram bins={found.histogram} />
      {found.movers.length > 0 && <Movers movers={found.movers} />}
    </div>
  );
}

function Histogram({ bins }: { bins: WhatIf['histogram'] }) {
  const t = usePriceText();
  const percent = usePercent();
  const most = Math.max(1, ...bins.map(({ quotes }) => quotes));
  const nameOf = ({ from, to }: WhatIf['histogram'][number]): string => {
    if (from === null) return t('what_if.below', { to: percent(to ?? 0) });
    if (to === null) return t('what_if.above', { from: percent(from) });
    return t('what_if.between', { from: percent(from), to: percent(to) });
  };
  return (
    <section className="crm-group">
      <h4>{t('what_if.histogram')}</h4>
      <dl className="crm-price-bins">
        {bins.map((bin) => (
          <div key={String(bin.from)}>
            <dt>{nameOf(bin)}</dt>
            <dd>
              <span style={{ width: `${(100 * bin.quotes) / most}%` }} />
              {bin.quotes}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Movers({ movers }: { movers: WhatIf['movers'] }) {
  const t = usePriceText();
  const format = useFormat();
  const percent = usePercent();
  return (
    <section className="crm-group">
      <h4>{t('what_if.movers')}</h4>
      <div className="crm-price-table">
        <table>
          <thead>
            <tr>
              <th scope="col">{t('what_if.quote')}</th>
              <th scope="col" className="fl-numeric">
                {t('what_if.before')}
              </th>
              <th scope="col" className="fl-numeric">
                {t('what_if.after')}
              </th>
              <th scope="col" />
            </tr>
          </thead>
          <tbody>
            {movers.map(({ quoteId, fileName, createdAt, before, after, change }) => (
              <tr key={quoteId}>
                <th scope="row" title={format.dateTime(createdAt)}>
                  {fileName}
                </th>
                <td className="fl-numeric">{format.money(before)}</td>
                <td className="fl-numeric">{format.money(after)}</td>
                <td className="fl-numeric">{percent(change)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** 0.052 → +5.2 %. */
function usePercent(): (share: number) => string {
  const language = useLanguage();
  const format = new Intl.NumberFormat(language, {
    style: 'percent',
    maximumFractionDigits: 1,
    signDisplay: 'exceptZero',
  });
  return (share) => format.format(share);
}
