/** What `ces init` writes: valid as it stands, in the layout for new installations. */
export const commentedConfiguration = `# Configuration of Container Egress Services. Check it with: ces validate --config ces-conf.yaml

# This cluster: a letter, then letters, digits, "." and "-". The prefix of the objects that its rules become.
clusterName: k8s

# The cluster that owns the shared objects when several clusters use one BIG-IP. Default: clusterName.
# masterCluster: k8s

# The BIG-IP, or pair, that this installation drives: the name that it has in the database.
# deviceName: bigip

# in-place: every change is one transaction; for everything new.
# rule-lists: the objects of CES 0.5, to take over one of its installations; also what holds where this key is absent.
layout: in-place

# true: a namespace's rules are declared in the partition (tenant) that lists it, with a route domain of its own.
# false: the rules of all namespaces that are listed anywhere are declared in Common.
isSupportRouteDomain: false

# The AS3 schema version to declare; not newer than the BIG-IP's AS3.
schemaVersion: "3.56.0"

# Names of iRules in /Common that an ExternalService's ports may name under "bandwidth".
iRule: []

# Where a namespace's addresses come from: its annotation ovn.kubernetes.io/cidr, its pods, or the one and else the other.
# namespaceSource: auto            # auto | annotation | pods

# Whether endpoints that no pod stands behind are sources.
# endpointsWithoutPods: deny       # deny | allow

# First contact with a tenant that another controller filled: wait for approval, or go on.
# takeover: hold                   # hold | automatic

# When a tenant's deny-all is declared: with its first rule, or always.
# defaultDeny: from-first-rule     # from-first-rule | always

# The tenants: BIG-IP partitions. Common is required: the global policy lives there. A namespace that no tenant lists is
# not handled, and the status of its rules says so.
tenant:
  - name: Common
    namespaces: "default"
    gwPool:
      # Next hops of what the virtual server lets through.
      serverAddresses:
        - "192.0.2.1"
  # - name: shop
  #   namespaces: "shop,shop-staging"
  #   routeDomain:
  #     id: 2
  #     name: rd2
  #   gwPool:
  #     serverAddresses: ["192.0.2.1"]
  #   virtualService:
  #     # JSON text of a Service_L4 in place of CES's own; {{tenant}} and k8s are replaced.
  #     template: ""
  #     virtualAddresses:
  #       virtualAddress: "0.0.0.0"
  #       icmpEcho: disable
  #       arpEnabled: false

# Logging of matched traffic: a template with a Security_Log_Profile, a Log_Publisher and Log_Destinations.
# logPool:
#   loggingEnabled: true
#   enableRemoteLog: true
#   healthMonitor: tcp
#   serverAddresses: ["192.0.2.20:514"]
#   template: '{ … }'
`;
