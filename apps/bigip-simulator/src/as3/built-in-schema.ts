import { type JsonObject } from '#core/json';

const text = { type: 'string' } as const;
const label = { label: text, remark: text } as const;
const flag = { type: 'boolean' } as const;
const count = { type: 'integer' } as const;

/** A reference by AS3 pointer or by BIG-IP path. */
const pointer = {
  type: 'object',
  properties: { use: { type: 'string', minLength: 1 }, bigip: { type: 'string', format: 'f5bigip' } },
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
} as const;

const pointerOrName = { anyOf: [text, pointer] } as const;

const listOf = (items: JsonObject, minItems = 0): JsonObject => ({ type: 'array', items, minItems });

function closed(className: string, properties: JsonObject, required: readonly string[] = [], more: JsonObject = {}) {
  return {
    type: 'object',
    properties: { class: { const: className }, ...label, ...properties },
    required: ['class', ...required],
    additionalProperties: false,
    ...more,
  };
}

/** A class whose content the simulator does not look into. */
function open(className: string, required: readonly string[] = []): JsonObject {
  return { type: 'object', properties: { class: { const: className }, ...label }, required: ['class', ...required] };
}

const side = {
  type: 'object',
  properties: {
    addressLists: listOf(pointer),
    portLists: listOf(pointer),
    vlans: { type: 'array' },
    addresses: listOf(text, 1),
    ports: listOf(text, 1),
  },
  additionalProperties: false,
} as const;

const firewallRule = {
  type: 'object',
  properties: {
    ...label,
    name: text,
    action: { enum: ['accept', 'drop', 'accept-decisively', 'reject'] },
    protocol: { type: 'string', pattern: '^[a-z0-9/.+-]+$' },
    source: side,
    destination: side,
    loggingEnabled: flag,
    iRule: pointer,
    iRuleSampleRate: count,
  },
  required: ['name', 'action'],
  dependencies: { iRuleSampleRate: ['iRule'] },
  additionalProperties: false,
} as const;

const classes: Record<string, JsonObject> = {
  Firewall_Address_List: closed(
    'Firewall_Address_List',
    {
      addresses: listOf({ anyOf: [text, { type: 'object', required: ['addressDiscovery'] }] }, 1),
      fqdns: listOf(text, 1),
      geo: listOf(text, 1),
      addressLists: listOf(pointer, 1),
    },
    [],
    { anyOf: ['addresses', 'fqdns', 'geo', 'addressLists'].map((name) => ({ required: [name] })) },
  ),
  Firewall_Port_List: closed(
    'Firewall_Port_List',
    { ports: listOf({ type: ['integer', 'string'] }, 1), portLists: listOf(pointer, 1) },
    [],
    { anyOf: [{ required: ['ports'] }, { required: ['portLists'] }] },
  ),
  Firewall_Rule_List: closed('Firewall_Rule_List', { rules: listOf(firewallRule) }),
  Firewall_Policy: closed(
    'Firewall_Policy',
    {
      rules: listOf({
        if: { anyOf: [{ required: ['use'] }, { required: ['bigip'] }] },
        then: pointer,
        else: firewallRule,
      }),
      routeDomainEnforcement: listOf(pointer),
    },
    ['rules'],
  ),
  Service_Address: closed(
    'Service_Address',
    {
      virtualAddress: { type: 'string', format: 'f5ip' },
      arpEnabled: flag,
      icmpEcho: { enum: ['enable', 'disable', 'selective'] },
      serverScope: { enum: ['any', 'all', 'none'] },
      routeAdvertisement: text,
      spanningEnabled: flag,
      trafficGroup: text,
      autoDelete: flag,
      useIpName: flag,
    },
    ['virtualAddress'],
  ),
  Service_L4: closed(
    'Service_L4',
    {
      ...Object.fromEntries(
        ['enable', 'addressStatus', 'translateServerAddress', 'translateServerPort', 'translateClientPort'].map(
          (name) => [name, flag],
        ),
      ),
      layer4: text,
      virtualAddresses: { type: 'array', items: { anyOf: [text, pointer, listOf(text, 2)] } },
      virtualPort: { type: 'integer', minimum: 0, maximum: 65_535 },
      pool: pointerOrName,
      snat: pointerOrName,
      iRules: listOf(pointerOrName),
      profileL4: pointerOrName,
      persistenceMethods: { type: 'array' },
      allowVlans: { type: 'array' },
      rejectVlans: { type: 'array' },
      lastHop: {},
      mirroring: text,
      maxConnections: count,
      maximumBandwidth: {},
      metadata: { type: 'object' },
      securityLogProfiles: listOf(pointer),
      policyFirewallEnforced: pointer,
      policyFirewallStaged: pointer,
      policyNAT: pointer,
      policyBandwidthControl: pointer,
      policyIdleTimeout: pointer,
      ipIntelligencePolicy: pointer,
      profileProtocolInspection: pointer,
    },
    ['virtualPort'],
  ),
  Pool: closed('Pool', {
    members: listOf({ type: 'object', required: ['servicePort'] }),
    monitors: listOf(pointerOrName),
    minimumMonitors: {},
    minimumMembersActive: count,
    loadBalancingMode: text,
    serviceDownAction: text,
    allowNATEnabled: flag,
    allowSNATEnabled: flag,
    reselectTries: count,
    slowRampTime: count,
    metadata: { type: 'object' },
  }),
  iRule: closed('iRule', { iRule: { type: ['string', 'object'] }, expand: flag }, ['iRule']),
  Log_Publisher: closed('Log_Publisher', { destinations: listOf(pointer, 1) }, ['destinations']),
  Log_Destination: open('Log_Destination', ['type']),
  Bandwidth_Control_Policy: open('Bandwidth_Control_Policy', ['maxBandwidth']),
  NAT_Source_Translation: open('NAT_Source_Translation', ['type']),
  ...Object.fromEntries(
    [
      'NAT_Policy',
      'IP_Intelligence_Policy',
      'Protocol_Inspection_Profile',
      'Security_Log_Profile',
      'Data_Group',
      'Monitor',
      'L4_Profile',
      'SNAT_Pool',
    ].map((name) => [name, open(name)]),
  ),
};

const itemName = '^[A-Za-z]([0-9A-Za-z_.-]{0,188}[0-9A-Za-z_.])?$';
const tenantName = { pattern: '^[A-Za-z][0-9A-Za-z_.-]*$', maxLength: 190 } as const;

const controls = {
  type: 'object',
  properties: {
    class: { const: 'Controls' },
    archiveId: {},
    archiveTimestamp: text,
    dryRun: flag,
    fortune: flag,
    logLevel: text,
    trace: flag,
    traceResponse: flag,
    userAgent: text,
  },
  additionalProperties: false,
} as const;

const tenantMembers = {
  class: { const: 'Tenant' },
  ...label,
  enable: flag,
  constants: { type: 'object' },
  controls: { $ref: '#/definitions/Controls' },
  verifiers: { type: 'object' },
  optimisticLockKey: { type: 'string', maxLength: 128 },
} as const;

/**
 * For devices that run where F5's schema files are not at hand: the classes that egress control uses, as strict as
 * the official schema in what it forbids most often. Shaped like the official one, so that both are cut down to a
 * version in the same way.
 */
export const builtInSchema: JsonObject = {
  $id: 'built-in',
  definitions: {
    ADC: {
      type: 'object',
      properties: {
        class: { const: 'ADC' },
        $schema: text,
        updateMode: { enum: ['complete', 'selective'] },
        schemaVersion: text,
        id: { type: 'string', maxLength: 255, pattern: "^[^\\x00-\\x20\\x22'<>\\x5c^`|\\x7f]*$" },
        target: { type: 'object' },
        ...label,
        constants: { type: 'object' },
        controls: { $ref: '#/definitions/Controls' },
        Common: {
          type: 'object',
          properties: { ...tenantMembers, Shared: { $ref: '#/definitions/Application' } },
          additionalProperties: false,
        },
      },
      propertyNames: { oneOf: [tenantName, { enum: ['$schema'] }] },
      additionalProperties: { $ref: '#/definitions/Tenant' },
      required: ['class', 'schemaVersion'],
    },
    Controls: controls,
    Tenant: {
      type: 'object',
      properties: {
        ...tenantMembers,
        defaultRouteDomain: { type: 'integer', minimum: 0, maximum: 65_535 },
        useCommonRouteDomainTenant: flag,
      },
      propertyNames: tenantName,
      additionalProperties: { $ref: '#/definitions/Application' },
      required: ['class'],
    },
    Application: {
      type: 'object',
      properties: {
        class: { const: 'Application' },
        ...label,
        template: text,
        schemaOverlay: text,
        enable: flag,
        constants: { type: 'object' },
      },
      propertyNames: { pattern: itemName, maxLength: 190 },
      required: ['class'],
      additionalProperties: {
        type: 'object',
        properties: { class: { enum: Object.keys(classes) } },
        required: ['class'],
        allOf: Object.keys(classes).map((name) => ({
          if: { properties: { class: { const: name } } },
          then: { $ref: `#/definitions/${name}` },
        })),
      },
    },
    ...classes,
  },
};
