import { simulatedCluster } from '#testing/watch/simulated-cluster';
import { watchContract } from '#testing/watch/watch-contract';

watchContract('the simulator', simulatedCluster, { faults: true, quickBookmarks: true });
