import { expect } from 'vitest';
import { ErrorCode } from '../../src/wire/error-code.ts';
import { ApiVersions } from '../../src/wire/generated/api-versions.ts';
import { DescribeAcls } from '../../src/wire/generated/describe-acls.ts';
import { DescribeCluster } from '../../src/wire/generated/describe-cluster.ts';
import { FindCoordinator } from '../../src/wire/generated/find-coordinator.ts';
import type { Chapter } from './behaviour.ts';

export const protocol: Chapter = {
  title: 'Protocol',
  behaviours: [
    {
      title: 'answers an ApiVersions request that is too new in version 0, so that the client can retry',
      show: async (at) => {
        at.wire.sendFrame(Buffer.from([0, 18, 0, 99, 0, 0, 0, 7, 255, 255, 0]));
        const frame = await at.wire.nextFrame();
        expect(frame.readInt32BE(0)).toBe(7);
        expect(frame.readInt16BE(4)).toBe(ErrorCode.UNSUPPORTED_VERSION);
      },
    },
    {
      title: 'offers Produce from version 0 on, without which older librdkafka does not compress',
      show: async (at) => {
        const { apiKeys } = await at.wire.send(ApiVersions, 0, {});
        expect(apiKeys.find(({ apiKey }) => apiKey === 0)).toMatchObject({ minVersion: 0 });
      },
    },
    {
      title: 'describes the cluster and names the coordinators of several groups at once',
      show: async (at) => {
        const cluster = await at.wire.send(DescribeCluster, 1, { endpointType: 1 });
        expect(cluster).toMatchObject({ errorCode: 0, controllerId: cluster.brokers[0]?.brokerId });
        const wanted = { keyType: 0, coordinatorKeys: ['one', 'two'] };
        const { coordinators } = await at.wire.send(FindCoordinator, 4, wanted);
        expect(coordinators?.map(({ errorCode }) => errorCode)).toEqual([0, 0]);
      },
    },
    {
      title: 'reports that access lists are disabled',
      show: async (at) => {
        const filter = { resourceTypeFilter: 2, resourceNameFilter: null, patternTypeFilter: 3 };
        const access = { principalFilter: null, hostFilter: null, operation: 2, permissionType: 3 };
        const answer = await at.wire.send(DescribeAcls, 3, { ...filter, ...access });
        expect(answer.errorCode).toBe(ErrorCode.SECURITY_DISABLED);
      },
    },
  ],
};
