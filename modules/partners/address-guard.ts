import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Ranges of IPv4 that are not public (IANA's special-purpose registry). */
const INNER_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** Of IPv6 only global unicast is public, and of that not what wraps IPv4 or is for documents. */
const GLOBAL_IPV6 = '2000::/3';
const INNER_IPV6 = ['2001::/32', '2001:db8::/32', '2002::/16', '3fff::/20'];

export interface AddressGuard {
  /** The address, parsed, or why it is refused. Names are judged later, by what they resolve to when it is sent. */
  check(url: string): { url: URL } | { refused: string };
  /** For a connection: fails for a name that resolves to an address inside, and connects to exactly what was checked. */
  lookup: LookupFunction;
}

/** Keeps webhooks out of the house's own network. `allowLoopback` lets tests send to this machine, also without TLS. */
export function addressGuard({ allowLoopback }: { allowLoopback: boolean }): AddressGuard {
  const isRefused = (address: string) => !(allowLoopback && isLoopback(address)) && !isPublic(address);

  function check(text: string): { url: URL } | { refused: string } {
    const url = URL.parse(text);
    if (!url) return { refused: 'It is not an address.' };
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const isHere = allowLoopback && (host === 'localhost' || isLoopback(host));
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isHere))
      return { refused: 'It does not start with https.' };
    if (url.username || url.password) return { refused: 'It carries credentials.' };
    if (isIP(host) !== 0 && isRefused(host)) return { refused: 'It is not a public address.' };
    return { url };
  }

  const lookup: LookupFunction = (hostname, options, done) => {
    dnsLookup(hostname, { all: true, family: options.family ?? 0 }, (error, found) => {
      const refused = error ? undefined : found.find(({ address }) => isRefused(address));
      const failure = error ?? (refused && new Error(`${hostname} is not a public address`));
      if (failure) done(failure, '', 0);
      else if (options.all) done(null, found as LookupAddress[]);
      else done(null, found[0]!.address, found[0]!.family);
    });
  };

  return { check, lookup };
}

const innerIpv4 = blockList('ipv4', INNER_IPV4);
const globalIpv6 = blockList('ipv6', [GLOBAL_IPV6]);
const innerIpv6 = blockList('ipv6', INNER_IPV6);

function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !innerIpv4.check(address, 'ipv4');
  return globalIpv6.check(address, 'ipv6') && !innerIpv6.check(address, 'ipv6');
}

function isLoopback(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}

function blockList(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network, prefix] = range.split('/') as [string, string];
    list.addSubnet(network, Number(prefix), family);
  }
  return list;
}
