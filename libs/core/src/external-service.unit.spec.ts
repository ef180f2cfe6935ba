import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExternalService } from './external-service.js';
import { type JsonObject, type JsonValue } from './json.js';

const bandwidths = ['bwc-1mbps-irule', 'bwc-2mbps-irule'];

function parsed(spec: JsonValue) {
  return parseExternalService('bank', spec, bandwidths);
}

function services(...ports: JsonValue[]) {
  return parsed({ addresses: ['192.0.2.1'], ports }).destinations.services;
}

function reasons(...ports: JsonValue[]) {
  return parsed({ addresses: ['192.0.2.1'], ports }).problems.map(({ reason }) => reason);
}

describe('the addresses of an external service', () => {
  it('are told apart, made canonical, sorted, and kept once', () => {
    const addresses = [
      '192.0.2.9',
      'API.example.com.',
      '192.0.2.0/24',
      '192.0.2.9',
      '2001:DB8::1',
      '10.0.0.1-10.0.0.9',
    ];
    expect(parsed({ addresses })).toMatchObject({
      destinations: {
        addresses: ['10.0.0.1-10.0.0.9', '192.0.2.0/24', '192.0.2.9', '2001:db8::1'],
        domainNames: ['api.example.com'],
      },
      problems: [],
    });
  });

  it.each<[string, JsonValue]>([
    ['a mistyped address', '10.0.0.256'],
    ['something with a last label of digits', '10.0.0'],
    ['a single label', 'localhost'],
    ['a number', 10],
    ['nothing', null],
  ])('promise 1: %s is not understood, and the rest is kept apart', (_, wrong) => {
    const { destinations, problems } = parsed({ addresses: ['192.0.2.1', wrong] });
    expect(problems).toMatchObject([{ reason: 'InvalidAddress' }]);
    expect(destinations.addresses).toEqual(['192.0.2.1']);
    expect(destinations.domainNames).toEqual([]);
  });

  it('promise 1: are understood, and yet permit nothing, where a device might take them for all', () => {
    for (const address of ['0.0.0.0', '::']) {
      const { destinations, problems } = parsed({ addresses: [address] });
      expect(destinations.addresses).toEqual([address]);
      expect(problems).toMatchObject([{ reason: 'InvalidAddress' }]);
    }
    expect(parsed({ addresses: ['0.0.0.0/0', '::/0'] }).problems).toEqual([]);
  });

  it.each<[string, JsonValue]>([
    ['no spec', null],
    ['no addresses', {}],
    ['an empty list', { addresses: [] }],
    ['a text', { addresses: '192.0.2.1' }],
  ])('promise 1: %s is said', (_, spec) => {
    expect(parsed(spec).problems).toMatchObject([{ reason: 'NoDestinations' }]);
  });
});

describe('the ports of an external service', () => {
  it.each<[string, JsonObject]>([
    ['absent', { addresses: ['192.0.2.1'] }],
    ['empty', { addresses: ['192.0.2.1'], ports: [] }],
    ['null', { addresses: ['192.0.2.1'], ports: null }],
  ])('when %s mean any traffic', (_, spec) => {
    expect(parsed(spec).destinations.services).toEqual([{ key: 'any', protocol: 'any', ports: [], bandwidth: null }]);
  });

  it('are collected by protocol, in whatever case it is written', () => {
    expect(
      services(
        { protocol: 'TCP', port: '443,80' },
        { protocol: 'udp', port: '53' },
        { protocol: 'tcp', port: '8000-8010' },
      ),
    ).toEqual([
      { key: 'tcp', protocol: 'tcp', ports: ['80', '443', '8000-8010'], bandwidth: null },
      { key: 'udp', protocol: 'udp', ports: ['53'], bandwidth: null },
    ]);
  });

  it('fault 12: without a protocol mean TCP and UDP on that port', () => {
    expect(services({ port: '53' })).toEqual([
      { key: 'tcp', protocol: 'tcp', ports: ['53'], bandwidth: null },
      { key: 'udp', protocol: 'udp', ports: ['53'], bandwidth: null },
    ]);
  });

  it('fault 12: a protocol without a port means every port of it, also next to one with a port', () => {
    expect(services({ protocol: 'TCP' })).toEqual([{ key: 'tcp', protocol: 'tcp', ports: [], bandwidth: null }]);
    expect(services({ protocol: 'TCP', port: '80' }, { protocol: 'TCP' })).toMatchObject([{ key: 'tcp', ports: [] }]);
    expect(services({ protocol: 'TCP' }, { protocol: 'TCP', port: '80' })).toMatchObject([{ key: 'tcp', ports: [] }]);
  });

  it('fault 12: an entry with neither is not understood, and never becomes any traffic', () => {
    expect(reasons({ name: 'empty' })).toEqual(['InvalidPort']);
    expect(services({ name: 'empty' })).toEqual([]);
  });

  it.each<[string, JsonValue]>([
    ['port 0', { protocol: 'TCP', port: '0' }],
    ['a port beyond 65535', { protocol: 'TCP', port: '65536' }],
    ['a range that runs backwards', { protocol: 'TCP', port: '90-80' }],
    ['words', { protocol: 'TCP', port: 'http' }],
    ['an empty part', { protocol: 'TCP', port: '80,,81' }],
    ['a negative port', { protocol: 'TCP', port: -1 }],
    ['an unknown protocol', { protocol: 'HTTP', port: '80' }],
    ['a protocol that has no ports', { protocol: 'ICMP', port: '8' }],
    ['no object', '80/tcp'],
    ['a protocol by its number, which says less than its name would', { protocol: 6, port: '80' }],
    ['a name that is no text', { name: 1, protocol: 'TCP', port: '80' }],
    ['a bandwidth that is no text', { protocol: 'TCP', port: '80', bandwidth: 100 }],
  ])('promise 1: %s is not understood', (_, port) => {
    expect(reasons(port)).toEqual(['InvalidPort']);
    expect(services(port)).toEqual([]);
  });

  it('promise 1: a list of ports that is no list is not understood', () => {
    expect(parsed({ addresses: ['192.0.2.1'], ports: '80' })).toMatchObject({
      destinations: { services: [] },
      problems: [{ reason: 'InvalidPort' }],
    });
  });

  it('promise 9: are read in a time that grows with their number, and not faster', () => {
    const entries = Array.from({ length: 10_000 }, (_, index) => ({ protocol: 'TCP', port: String(index + 1) }));
    const began = performance.now();
    expect(services(...entries)[0]?.ports).toHaveLength(10_000);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('may be a number, as YAML makes of an unquoted one', () => {
    expect(services({ protocol: 'TCP', port: 443 })).toMatchObject([{ ports: ['443'] }]);
  });

  it('may name protocols without ports', () => {
    expect(services({ protocol: 'ICMP' })).toEqual([{ key: 'icmp', protocol: 'icmp', ports: [], bandwidth: null }]);
  });

  it('are the same whatever order the entries come in', () => {
    const entries = fc.array(
      fc.record({ protocol: fc.constantFrom('TCP', 'udp', 'SCTP'), port: fc.constantFrom('80', '443', '80-90') }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(entries, (ports) => {
        expect(services(...[...ports].reverse())).toEqual(services(...ports));
      }),
    );
  });
});

describe('a bandwidth', () => {
  const slow = { protocol: 'TCP', port: '80', bandwidth: 'bwc-1mbps-irule' };

  it('gets a rule of its own, named by the port', () => {
    expect(services({ name: 'web', ...slow }, { protocol: 'TCP', port: '443' })).toEqual([
      { key: 'tcp', protocol: 'tcp', ports: ['443'], bandwidth: null },
      { key: 'web', protocol: 'tcp', ports: ['80'], bandwidth: 'bwc-1mbps-irule' },
    ]);
  });

  it('is named PROTOCOL_INDEX where the port has no name, or one that is taken', () => {
    expect(services(slow, { name: 'tcp', ...slow }, { name: 'a', ...slow }, { name: 'a', ...slow })).toMatchObject([
      { key: 'a' },
      { key: 'tcp_0' },
      { key: 'tcp_1' },
      { key: 'tcp_3' },
    ]);
  });

  it('promise 1: no entry takes the place of another, whatever the ports are named', () => {
    const named = fc.array(fc.constantFrom('web', 'tcp', 'tcp_0', 'tcp_1', 'udp_2', 'a-', '', null), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(named, (names) => {
        const groups = services(...names.map((name, index) => ({ ...slow, name, port: String(1000 + index) })));
        expect(groups.flatMap(({ ports }) => ports).sort()).toEqual(names.map((_, index) => String(1000 + index)));
        expect(new Set(groups.map(({ key }) => key)).size).toBe(groups.length);
        expect(groups.every(({ key }) => /^[A-Za-z0-9_.-]*[A-Za-z0-9_.]$/.test(key))).toBe(true);
      }),
    );
  });

  it.each(['bwc', 'bwc-1mbps-irule,bwc-2mbps-irule', 'wc-1mbps-irul'])(
    'fault 10: %j must be listed as it is, not as a part of a name',
    (bandwidth) => {
      expect(reasons({ protocol: 'TCP', port: '80', bandwidth })).toEqual(['UnknownBandwidth']);
    },
  );

  it('says what to do', () => {
    const [problem] = parsed({ addresses: ['192.0.2.1'], ports: [{ port: '80', bandwidth: 'x' }] }).problems;
    expect(problem?.message).toBe(
      'External service "bank": spec.ports[0] names the bandwidth "x", which is not listed under iRule in ces-conf.yaml.',
    );
  });
});
