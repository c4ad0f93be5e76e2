import type { Service } from '../services/read-manifests.ts';
import { openSettings, secretSettings } from './names.ts';
import { HEAD } from './region.ts';

const BASE = 'deploy/kubernetes/base';

/** The files that are generated as a whole, by their paths. */
export function kubernetesFiles(services: readonly Service[]): [path: string, text: string][] {
  return [
    ...services.flatMap((service): [string, string][] => [
      [`${BASE}/${service.name}.yaml`, deployment(service)],
      ...(service.scale === undefined
        ? []
        : [
            [`${BASE}/${service.name}-autoscaler.yaml`, autoscaler(service, service.scale.kubernetes)] as [
              string,
              string,
            ],
          ]),
    ]),
    ['deploy/kubernetes/postgres/databases.yaml', `${HEAD}\n${services.map(databaseCluster).join('---\n')}`],
  ];
}

/** The regions of deploy/kubernetes/base/kustomization.yaml. */
export function kustomizationRegions(services: readonly Service[]): Record<string, string> {
  const files = services.flatMap(({ name, scale }) => [name, ...(scale === undefined ? [] : [`${name}-autoscaler`])]);
  return {
    resources: files.map((file) => `  - ${file}.yaml`).join('\n'),
    images: services.map(({ name }) => `  - { name: event-bus/${name}, newTag: latest }`).join('\n'),
  };
}

/** The regions of deploy/kubernetes/kafka/topics.yaml. */
export function topicsRegions(services: readonly Service[]): Record<string, string> {
  // Every image of a service has this step.
  return { image: `          image: event-bus/${services[0]?.name}` };
}

function deployment(service: Service): string {
  const { name } = service;
  const open = openSettings(service).map(
    (setting) => `            - { name: ${setting.name}, value: '${setting.value}' }\n`,
  );
  const secret = secretSettings(service).map(
    (setting) => `            - name: ${setting.name}
              valueFrom: { secretKeyRef: { name: ${name}, key: ${setting.name} } }
`,
  );
  return `\
${HEAD}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels: { app.kubernetes.io/name: ${name}, app.kubernetes.io/part-of: event-bus }
spec:
  replicas: 2
  selector: { matchLabels: { app.kubernetes.io/name: ${name} } }
  strategy:
    # A new pod is ready before an old one stops.
    rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }
  template:
    metadata:
      labels: { app.kubernetes.io/name: ${name}, app.kubernetes.io/part-of: event-bus }
      # How the community's Prometheus chart finds what it scrapes.
      annotations: { prometheus.io/scrape: 'true', prometheus.io/port: '3000', prometheus.io/path: /metrics }
    spec:
      automountServiceAccountToken: false
      # Longer than the 20 s that a service has to finish what is in flight, SHUTDOWN_TIMEOUT_MS, plus the time until it is
      # removed from the endpoints.
      terminationGracePeriodSeconds: 30
      securityContext:
        runAsNonRoot: true
        runAsUser: 1000
        seccompProfile: { type: RuntimeDefault }
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector: { matchLabels: { app.kubernetes.io/name: ${name} } }
      initContainers:
        # A lock in the database lets one instance migrate at a time; the next one finds it done.
        - name: migrate
          image: event-bus/${name}
          args: [node, dist/main.js, migrate]
          envFrom: &settings
            - configMapRef: { name: event-bus }
          env: &own-settings
            - name: DATABASE_URL
              valueFrom: { secretKeyRef: { name: ${name}-database-app, key: uri } }
${open.join('')}${secret.join('')}\
          resources: &resources
            requests: { cpu: 100m, memory: 128Mi }
            limits: { memory: 256Mi }
          securityContext: &locked-down
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
      containers:
        - name: ${name}
          image: event-bus/${name}
          envFrom: *settings
          env: *own-settings
          ports:
            - { name: http, containerPort: 3000 }
          # Migrations at start may wait for another instance's; until then only this probe counts.
          startupProbe:
            httpGet: { path: /health/live, port: http }
            periodSeconds: 1
            failureThreshold: 60
          # Checks only the process: a restart would not make a database or a broker available again.
          livenessProbe:
            httpGet: { path: /health/live, port: http }
            periodSeconds: 10
            timeoutSeconds: 2
            failureThreshold: 3
          readinessProbe:
            httpGet: { path: /health/ready, port: http }
            periodSeconds: 2
            timeoutSeconds: 2
            failureThreshold: 2
          resources: *resources
          securityContext: *locked-down
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
  labels: { app.kubernetes.io/name: ${name}, app.kubernetes.io/part-of: event-bus }
spec:
  selector: { app.kubernetes.io/name: ${name} }
  ports:
    - { name: http, port: 80, targetPort: http }
---
# Draining a node evicts one pod at a time.
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: ${name}
spec:
  maxUnavailable: 1
  selector: { matchLabels: { app.kubernetes.io/name: ${name} } }
`;
}

function autoscaler({ name }: Service, instancesMax: number): string {
  return `\
${HEAD}
# By the lag, not by the CPU: a service that waits for something slow is idle and behind.
# The metric is the service's own, see docs/metrics.md; the Prometheus adapter makes it an external metric. While it is missing, as
# without a broker, nothing is scaled.
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: ${name}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: ${name} }
  minReplicas: 2
  # A partition has one consumer in a group: more instances than partitions of a topic that it consumes would be idle.
  maxReplicas: ${instancesMax}
  metrics:
    - type: External
      external:
        metric:
          name: messaging_consumer_lag_records
          selector: { matchLabels: { messaging_consumer_group_name: ${name} } }
        # A few seconds of work for one instance.
        target: { type: AverageValue, averageValue: '500' }
  behavior:
    # Each change moves partitions, and nothing is handled while they move: scale up soon, down late, one at a time.
    scaleUp:
      stabilizationWindowSeconds: 30
      policies: [{ type: Pods, value: 2, periodSeconds: 60 }]
    scaleDown:
      stabilizationWindowSeconds: 600
      policies: [{ type: Pods, value: 1, periodSeconds: 300 }]
`;
}

function databaseCluster({ name, database }: Service): string {
  return `\
# CloudNativePG writes the Secret \`${name}-database-app\`; its key \`uri\` is the service's DATABASE_URL.
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata:
  name: ${name}-database
spec:
  instances: 2
  imageName: ghcr.io/cloudnative-pg/postgresql:18
  bootstrap:
    initdb: { database: ${database}, owner: ${database} }
  storage: { size: 10Gi }
  resources:
    requests: { cpu: 200m, memory: 512Mi }
    limits: { memory: 1Gi }
`;
}
