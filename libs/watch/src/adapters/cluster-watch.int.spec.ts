import { simulatedCluster } from '#testing/watch/simulated-cluster';
import { watchContract } from '#testing/watch/watch-contract';
import { watchFaultContract } from '#testing/watch/watch-fault-contract';

watchContract('the simulator', simulatedCluster);
watchFaultContract('the simulator', simulatedCluster);
