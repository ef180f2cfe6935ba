import { desiredRule, destination } from '#testing/builders';
import { expect, test } from 'vitest';
import { type SourceSelector } from './rule.js';
import { destinationTexts, sourceText } from './rule-text.js';

test.each<[SourceSelector, string]>([
  [{ type: 'everyone' }, 'everyone'],
  [{ type: 'namespace', namespace: 'shop' }, 'namespace shop'],
  [{ type: 'service', namespace: 'shop', service: 'web' }, 'service shop/web'],
  [
    {
      type: 'pods',
      namespace: 'shop',
      selector: {
        requirements: [
          { operator: 'In', key: 'app', values: ['web'] },
          { operator: 'In', key: 'tier', values: ['front', 'back'] },
        ],
      },
    },
    'pods of shop with app=web and tier in (front, back)',
  ],
  [
    {
      type: 'namespaces',
      selector: {
        requirements: [
          { operator: 'NotIn', key: 'team', values: ['a'] },
          { operator: 'Exists', key: 'egress' },
          { operator: 'DoesNotExist', key: 'locked' },
        ],
      },
    },
    'namespaces with team not in (a) and egress and no locked',
  ],
])('a source in words: %j', (source, text) => {
  expect(sourceText(desiredRule({ source }))).toBe(text);
});

test('destinations are told one a line, with protocols, ports and bandwidth', () => {
  const services = [
    { key: 'tcp', protocol: 'tcp', ports: ['80-90', '443'], bandwidth: null },
    { key: 'limited', protocol: 'udp', ports: ['53'], bandwidth: 'bwc-1mbps' },
  ];
  const bank = destination({
    externalService: 'bank',
    addresses: ['198.51.100.7'],
    domainNames: ['bank.example'],
    services,
  });
  expect(destinationTexts(desiredRule({ destinations: [bank, destination()] }))).toEqual([
    'bank: 198.51.100.7, bank.example; tcp 80-90,443, udp 53 (bwc-1mbps)',
    'payments: 198.51.100.7; tcp 443',
  ]);
});
