// Generated from k8s/base/crds by tools/generate-resource-types.mjs; change those files, not this one.

export interface ObjectMeta {
  name: string;
  /**
   * Missing on cluster-scoped kinds.
   */
  namespace?: string;
  uid: string;
  resourceVersion: string;
  /**
   * Raised by each change of the spec.
   */
  generation: number;
  /**
   * RFC 3339.
   */
  creationTimestamp: string;
  /**
   * RFC 3339; present once a deletion was asked for.
   */
  deletionTimestamp?: string;
  labels?: {
    [k: string]: string;
  };
  annotations?: {
    [k: string]: string;
  };
  managedFields?: {
    /**
     * Chosen by the client: a hint, no proof.
     */
    manager?: string;
    operation?: string;
    subresource?: string;
    /**
     * RFC 3339.
     */
    time?: string;
  }[];
}

/**
 * One aspect of the rule's state.
 */
export interface EgressRuleCondition {
  /**
   * Accepted or Programmed.
   */
  type: string;
  /**
   * True, False, or Unknown while it cannot be told.
   */
  status: 'True' | 'False' | 'Unknown';
  /**
   * The cause in one word, for programs; docs/resources.md lists them.
   */
  reason: string;
  /**
   * The cause in a sentence, for people, with what to do where something is to be done.
   */
  message: string;
  /**
   * The metadata.generation of the rule that the condition speaks of.
   */
  observedGeneration?: number;
  /**
   * When the condition's status last changed.
   */
  lastTransitionTime: string;
}

/**
 * What became of a rule, as CES reports it.
 */
export interface EgressRuleStatus {
  /**
   * The rule's state in one word. Syncing: on its way to the BIG-IP. Success: the BIG-IP holds it as it stands here. Failed: it does not; the conditions say why and what to do. Quarantined: the BIG-IP refused it, and the other rules go on without it. Inactive: it is not meant to apply now, for example because its source set is empty.
   */
  phase?: string;
  /**
   * The details of the phase. Accepted: CES understood the whole rule. Programmed: the BIG-IP holds the rule as it stands here.
   *
   * Items: One aspect of the rule's state.
   */
  conditions?: EgressRuleCondition[];
  /**
   * The metadata.generation of the rule that this status speaks of. While it is lower than metadata.generation, CES has not looked at the latest change yet.
   */
  observedGeneration?: number;
  /**
   * How many addresses and prefixes the rule's source set holds now. Left out where the rule applies to every source.
   */
  addresses?: number;
  /**
   * The version of the tenant's declaration that this status speaks of; 0 before the first one.
   */
  version?: number;
}

/**
 * One condition on one label.
 */
export interface LabelSelectorRequirement {
  /**
   * The label that the condition speaks of.
   */
  key: string;
  /**
   * In and NotIn compare with values, Exists and DoesNotExist ask for the label itself. NotIn also holds where the label is missing.
   */
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /**
   * At least one for In and NotIn; none for Exists and DoesNotExist.
   *
   * @maxItems 64
   */
  values?: string[];
}

/**
 * Selects objects by their labels; all parts must hold.
 */
export interface LabelSelector {
  /**
   * Labels that must be there with exactly these values; all of them.
   */
  matchLabels?: {
    [k: string]: string;
  };
  /**
   * Conditions on labels; all of them must hold.
   *
   * @maxItems 32
   *
   * Items: One condition on one label.
   */
  matchExpressions?: LabelSelectorRequirement[];
}

/**
 * What the rule asks for.
 */
export interface ClusterEgressRuleSpec {
  /**
   * What to do with matching traffic. The rule stands in the global context of the firewall, which is evaluated first. accept passes the packet on to the namespace and service contexts, and the service context ends in deny-all: alone it lets nothing out. accept-decisively lets it out past both. drop discards it silently. reject discards it and tells the sender.
   */
  action: 'accept' | 'drop' | 'accept-decisively' | 'reject';
  /**
   * Whether the BIG-IP logs the traffic that this rule matches, to where logPool in ces-conf.yaml says. Off unless set.
   */
  logging?: boolean;
  /**
   * Names of ExternalServices in CES's own namespace (CES_NAMESPACE, kube-system unless set): where the rule's traffic goes to. Their order is the order of evaluation inside the rule.
   */
  externalServices: string[];
  /**
   * Which namespaces the rule applies to, by their labels. Without it the rule applies to every source. The namespaces' addresses are followed as namespaces come, go and change their labels.
   */
  namespaceSelector?: LabelSelector;
  /**
   * Where the rule stands among the rules of its context: lower numbers are evaluated first, and the first rule that matches decides. Rules without it count as 1000. Among equals the older rule comes first, then the namespace and the name decide.
   */
  priority?: number;
}

/**
 * Allows or denies egress for the whole cluster, or for the namespaces that namespaceSelector names. It names external services in the namespace that CES is configured with (CES_NAMESPACE, kube-system unless set).
 */
export interface ClusterEgressRule {
  apiVersion: 'kubeovn.io/v1alpha1';
  kind: 'ClusterEgressRule';
  metadata: ObjectMeta;
  /**
   * What the rule asks for.
   */
  spec?: ClusterEgressRuleSpec;
  /**
   * What became of this rule, written by CES. Everything in it follows from the rule, the cluster and the BIG-IP, so it may be deleted at any time and comes back.
   */
  status?: EgressRuleStatus;
}

/**
 * A protocol with its ports. A port without a protocol means TCP and UDP; a protocol without a port means every port of it.
 */
export interface ExternalServicePort {
  /**
   * A name for this entry. It names the firewall rule on the BIG-IP where the entry has a bandwidth of its own.
   */
  name?: string;
  /**
   * TCP, UDP or another IP protocol by its name, in upper or lower case.
   */
  protocol?: string;
  /**
   * Ports and port ranges: "443", "8000-8010" or "80,443,8000-8010".
   */
  port?: string;
  /**
   * Name of an iRule of the BIG-IP that limits the bandwidth of this traffic. It must be listed under iRule in ces-conf.yaml.
   */
  bandwidth?: string;
}

/**
 * Where the destination is.
 */
export interface ExternalServiceSpec {
  /**
   * IPv4 and IPv6 addresses, ranges of them, CIDRs and domain names, in any mixture. Domain names are resolved by the BIG-IP. While an entry is none of these, no accept lets anything out to this service, and the status of the rules that name it says so.
   */
  addresses: string[];
  /**
   * Protocols and ports of the destination. Without any, every protocol and port is meant.
   *
   * Items: A protocol with its ports. A port without a protocol means TCP and UDP; a protocol without a port means every port of it.
   */
  ports?: ExternalServicePort[];
}

/**
 * A destination outside of the cluster that egress rules allow or deny traffic to. It does nothing until a rule names it; the rule's status says what is wrong with it.
 */
export interface ExternalService {
  apiVersion: 'kubeovn.io/v1alpha1';
  kind: 'ExternalService';
  metadata: ObjectMeta & { namespace: string };
  /**
   * Where the destination is.
   */
  spec?: ExternalServiceSpec;
}

/**
 * What the rule asks for.
 */
export interface NamespaceEgressRuleSpec {
  /**
   * What to do with matching traffic. The rule stands in the route domain's context of the firewall, which is evaluated after the cluster rules and before the service and pod rules. accept passes the packet on to the service context, which ends in deny-all: alone it lets nothing out. accept-decisively lets it out past that. drop discards it silently. reject discards it and tells the sender.
   */
  action: 'accept' | 'drop' | 'accept-decisively' | 'reject';
  /**
   * Whether the BIG-IP logs the traffic that this rule matches, to where logPool in ces-conf.yaml says. Off unless set.
   */
  logging?: boolean;
  /**
   * Names of ExternalServices in the rule's namespace: where the rule's traffic goes to. Their order is the order of evaluation inside the rule.
   */
  externalServices: string[];
  /**
   * Where the rule stands among the rules of its context: lower numbers are evaluated first, and the first rule that matches decides. Rules without it count as 1000. Among equals the older rule comes first, then the namespace and the name decide.
   */
  priority?: number;
}

/**
 * Allows or denies egress for everything in the rule's own namespace.
 */
export interface NamespaceEgressRule {
  apiVersion: 'kubeovn.io/v1alpha1';
  kind: 'NamespaceEgressRule';
  metadata: ObjectMeta & { namespace: string };
  /**
   * What the rule asks for.
   */
  spec?: NamespaceEgressRuleSpec;
  /**
   * What became of this rule, written by CES. Everything in it follows from the rule, the cluster and the BIG-IP, so it may be deleted at any time and comes back.
   */
  status?: EgressRuleStatus;
}

/**
 * What the rule asks for.
 */
export interface PodEgressRuleSpec {
  /**
   * What to do with matching traffic. The rule stands in the virtual server's context of the firewall, which is evaluated last and ends in deny-all. accept and accept-decisively both let the packet out here. drop discards it silently. reject discards it and tells the sender.
   */
  action: 'accept' | 'drop' | 'accept-decisively' | 'reject';
  /**
   * Whether the BIG-IP logs the traffic that this rule matches, to where logPool in ces-conf.yaml says. Off unless set.
   */
  logging?: boolean;
  /**
   * Names of ExternalServices in the rule's namespace: where the rule's traffic goes to. Their order is the order of evaluation inside the rule.
   *
   * @minItems 1
   */
  externalServices: string[];
  /**
   * Which pods of the rule's namespace the rule applies to, by their labels; to nobody while there are none. Pods on the host's network are never sources.
   */
  podSelector: LabelSelector;
  /**
   * Where the rule stands among the rules of its context: lower numbers are evaluated first, and the first rule that matches decides. Rules without it count as 1000. Among equals the older rule comes first, then the namespace and the name decide.
   */
  priority?: number;
}

/**
 * Allows or denies egress for the pods of the rule's own namespace that podSelector names. Their addresses are followed as pods come, go and change their labels.
 */
export interface PodEgressRule {
  apiVersion: 'kubeovn.io/v1alpha1';
  kind: 'PodEgressRule';
  metadata: ObjectMeta & { namespace: string };
  /**
   * What the rule asks for.
   */
  spec: PodEgressRuleSpec;
  /**
   * What became of this rule, written by CES. Everything in it follows from the rule, the cluster and the BIG-IP, so it may be deleted at any time and comes back.
   */
  status?: EgressRuleStatus;
}

/**
 * What the rule asks for.
 */
export interface ServiceEgressRuleSpec {
  /**
   * What to do with matching traffic. The rule stands in the virtual server's context of the firewall, which is evaluated last and ends in deny-all. accept and accept-decisively both let the packet out here. drop discards it silently. reject discards it and tells the sender.
   */
  action: 'accept' | 'drop' | 'accept-decisively' | 'reject';
  /**
   * Whether the BIG-IP logs the traffic that this rule matches, to where logPool in ces-conf.yaml says. Off unless set.
   */
  logging?: boolean;
  /**
   * Names of ExternalServices in the rule's namespace: where the rule's traffic goes to. Their order is the order of evaluation inside the rule.
   */
  externalServices: string[];
  /**
   * Name of a Service in the rule's namespace. The rule applies to the pods behind it, ready or not, and to nobody while there are none.
   */
  service: string;
  /**
   * Where the rule stands among the rules of its context: lower numbers are evaluated first, and the first rule that matches decides. Rules without it count as 1000. Among equals the older rule comes first, then the namespace and the name decide.
   */
  priority?: number;
}

/**
 * Allows or denies egress for the pods behind one Service of the rule's own namespace. Its addresses are followed as the Service scales and its pods are replaced.
 */
export interface ServiceEgressRule {
  apiVersion: 'kubeovn.io/v1alpha1';
  kind: 'ServiceEgressRule';
  metadata: ObjectMeta & { namespace: string };
  /**
   * What the rule asks for.
   */
  spec?: ServiceEgressRuleSpec;
  /**
   * What became of this rule, written by CES. Everything in it follows from the rule, the cluster and the BIG-IP, so it may be deleted at any time and comes back.
   */
  status?: EgressRuleStatus;
}
