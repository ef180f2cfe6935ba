/** What `ces init` writes: valid as it stands, in the layout for new installations. */
export const commentedConfiguration = `# Configuration of Container Egress Services. Check it with: ces validate --config ces-conf.yaml

# This cluster: a letter, then letters, digits, "." and "-". The prefix of the objects that its rules become.
clusterName: k8s

# The cluster that owns the shared objects when several clusters use one BIG-IP. Default: clusterName.
# masterCluster: k8s

# The BIG-IP, or pair, that this installation drives: the name that it has in the database.
# deviceName: bigip

# in-place is for everything new: every change is one transaction. rule-lists declares the objects of CES 0.5, to take over
# one of its installations, and is what holds where this key is absent. A tenant may have a layout of its own.
layout: in-place

# With true, a namespace's rules are declared in the partition (tenant) that lists it, with a route domain of its own;
# with false, the rules of all namespaces that are listed anywhere are declared in Common.
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

# A trial: compile, compare and report (ces takeover), and write nothing to the BIG-IP.
# observe: false                   # true | false

# When the BIG-IP no longer holds what was applied (a change by hand, an older archive): declare it again, or only report.
# drift: repair                    # repair | report

# How often each tenant is compared with what was applied, in seconds (30 to 86400).
# driftInterval: 300

# How long the AS3 body of a declaration is kept after another version replaced it, in days (1 to 36500). What happened,
# and the rules to which a rollback can go back, are kept in any case. Of several clusters the longest counts.
# keepDeclarations: 90

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

# Logging of matched traffic: JSON text of a Security_Log_Profile, a Log_Publisher and Log_Destinations, in which
# {{tenant}} and k8s are replaced. Without enableRemoteLog, the BIG-IP logs to its own database.
# logPool:
#   loggingEnabled: true
#   enableRemoteLog: true
#   healthMonitor: tcp
#   serverAddresses: ["192.0.2.20:514"]
#   template: |
#     {
#       "k8s_afm_hsl_log_profile": {
#         "class": "Security_Log_Profile",
#         "network": {
#           "publisher": { "use": "/{{tenant}}/Shared/k8s_log_publisher" },
#           "logRuleMatchAccepts": true,
#           "logRuleMatchDrops": true,
#           "logRuleMatchRejects": true
#         }
#       },
#       "k8s_log_publisher": {
#         "class": "Log_Publisher",
#         "destinations": [{ "use": "/{{tenant}}/Shared/k8s_log_syslog" }]
#       },
#       "k8s_log_syslog": {
#         "class": "Log_Destination",
#         "type": "remote-syslog",
#         "format": "rfc5424",
#         "remoteHighSpeedLog": { "use": "/{{tenant}}/Shared/k8s_log_hsl" }
#       },
#       "k8s_log_hsl": {
#         "class": "Log_Destination",
#         "type": "remote-high-speed-log",
#         "pool": { "use": "/{{tenant}}/Shared/k8s_log_pool" }
#       }
#     }
`;
