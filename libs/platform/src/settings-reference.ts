import { type App } from './settings.js';

/** What is to be known of an environment variable by whoever sets it. */
export interface SettingReference {
  readonly name: string;
  /** The apps that read it. */
  readonly apps: readonly App[];
  /** In words where it is no plain value; `required` where there is none. */
  readonly byDefault: string;
  readonly example: string;
  readonly meaning: string;
}

const processes = ['watcher', 'projector', 'worker', 'api', 'standalone'] as const;
const drivers = ['worker', 'standalone'] as const;
const watchers = ['watcher', 'standalone'] as const;

/** Every variable that `readSettings` reads; a test compares the two. */
export const settingsReference: readonly SettingReference[] = [
  {
    name: 'DATABASE_URL',
    apps: [...processes, 'migrate', 'replay', 'demo', 'doctor'],
    byDefault: 'required; standalone and the demo: an embedded PostgreSQL',
    example: 'postgres://ces:PASSWORD@postgres:5432/ces',
    meaning: 'The PostgreSQL, 15 or newer. One host: see below for replicas.',
  },
  {
    name: 'REDIS_URL',
    apps: [...processes, 'migrate', 'demo', 'doctor'],
    byDefault: 'the stream runs in PostgreSQL',
    example: 'redis+sentinel://:PASSWORD@one:26379,two:26379/0?master=ces',
    meaning: 'The Redis of the stream, 7 or newer: `redis://`, `rediss://` with TLS, or its Sentinels.',
  },
  {
    name: 'CES_STREAM_PREFIX',
    apps: [...processes, 'migrate', 'doctor'],
    byDefault: 'ces_stream',
    example: 'ces_test',
    meaning: 'Sets installations apart that share a Redis or a database: first part of the keys, or the schema.',
  },
  {
    name: 'CES_CONFIG',
    apps: [...processes, 'doctor'],
    byDefault: 'required',
    example: '/etc/ces/ces-conf.yaml',
    meaning: 'Path of ces-conf.yaml, which is read again when it changes. Flag `--bigip-conf-dir`: its folder.',
  },
  {
    name: 'CES_NAMESPACE',
    apps: [...processes, 'doctor'],
    byDefault: 'kube-system',
    example: 'security',
    meaning: 'Where ClusterEgressRules find their external services.',
  },
  {
    name: 'CES_DATA_DIR',
    apps: ['standalone'],
    byDefault: 'required, unless DATABASE_URL is set',
    example: '/var/lib/ces/postgres',
    meaning: 'Where the embedded PostgreSQL keeps its data.',
  },
  {
    name: 'KUBECONFIG',
    apps: [...watchers, 'doctor'],
    byDefault: 'the account of the pod',
    example: '/etc/ces/kubeconfig',
    meaning: 'How to reach the API server; several files are merged as kubectl does. Flag `--kubeconfig`.',
  },
  {
    name: 'KUBERNETES_MASTER',
    apps: [...watchers, 'doctor'],
    byDefault: "the kubeconfig's server",
    example: 'https://10.0.0.1:6443',
    meaning: 'Another address of the API server, with the credentials of the kubeconfig. Flag `--master`.',
  },
  {
    name: 'KUBERNETES_SERVICE_HOST',
    apps: [...watchers, 'doctor'],
    byDefault: 'set by Kubernetes',
    example: '10.96.0.1',
    meaning: 'Tells that the process runs in a pod. Not to be set by hand.',
  },
  {
    name: 'BIGIP_URL',
    apps: [...drivers, 'doctor'],
    byDefault: 'required',
    example: 'https://bigip.example.com:443',
    meaning:
      'Management address of the BIG-IP; always HTTPS. Of a pair, both units, separated by a comma: the active one is followed. Flag `--bigip-url`.',
  },
  {
    name: 'BIGIP_SYNC_GROUP',
    apps: [...drivers],
    byDefault: 'the BIG-IP synchronises by itself',
    example: 'failover-group',
    meaning: 'Device group of a pair to which each change is synchronised; to be set where its sync is not automatic.',
  },
  {
    name: 'BIGIP_CREDS_DIR',
    apps: [...drivers, 'doctor'],
    byDefault: 'the two variables below',
    example: '/etc/ces/bigip',
    meaning: 'A folder with the files `username` and `password`, read for each request. Flag `--bigip-creds-dir`.',
  },
  {
    name: 'BIGIP_USERNAME',
    apps: [...drivers, 'doctor'],
    byDefault: 'required, without BIGIP_CREDS_DIR',
    example: 'ces',
    meaning: 'User of the BIG-IP. Flag `--bigip-username`.',
  },
  {
    name: 'BIGIP_PASSWORD',
    apps: [...drivers, 'doctor'],
    byDefault: 'required, without BIGIP_CREDS_DIR',
    example: 'PASSWORD',
    meaning: 'Its password. The flag `--bigip-password` works, and can be seen by all users of the machine.',
  },
  {
    name: 'BIGIP_CA_FILE',
    apps: [...drivers, 'doctor'],
    byDefault: 'the CAs that Node knows',
    example: '/etc/ces/bigip/ca.crt',
    meaning: "The CA (PEM) that signed the BIG-IP's certificate; several may stand in one file.",
  },
  {
    name: 'BIGIP_INSECURE',
    apps: [...drivers, 'doctor'],
    byDefault: 'false',
    example: 'true',
    meaning:
      'Whether to speak to a BIG-IP whose certificate is not verified. Not for production. Flag `--bigip-insecure`.',
  },
  {
    name: 'PORT',
    apps: processes,
    byDefault: 'api 8080, watcher 8081, projector 8082, worker 8083',
    example: '9090',
    meaning: 'Where the process answers for health and metrics, and the API of standalone; 0 takes any free port.',
  },
  {
    name: 'LISTEN_ADDRESS',
    apps: processes,
    byDefault: 'every address of the machine',
    example: '127.0.0.1',
    meaning:
      'The IP address on which PORT is answered. `/api/v1` is answered to callers on loopback only, whatever this says.',
  },
  {
    name: 'LOG_LEVEL',
    apps: [...processes, 'migrate'],
    byDefault: 'info',
    example: 'debug',
    meaning: 'How much is logged, as lines of JSON.',
  },
  {
    name: 'CES_API_URL',
    apps: ['ces'],
    byDefault: 'http://127.0.0.1:8080',
    example: 'http://127.0.0.1:18080',
    meaning: 'Where the command line finds the API.',
  },
];
