import { FARGATE_MEMORY_MB, type Settings } from '../settings.ts';

type Dashboard = NonNullable<Settings['dashboard']>;

/** What the container listens on; unprivileged, since it runs as nobody special. */
export const PORT = 8080;
export const CONTAINER = 'dashboard';
export const HEALTH_PATH = '/healthz';
/** The user `node` of the image. */
const USER = '1000:1000';
const SCRATCH = { name: 'scratch', path: '/tmp' };

type Container = {
  image: string;
  logGroup: string;
  region: string;
  dataBucket: string;
  table: string;
  stack: string;
  /** Of the balancer that signs people in: its tokens alone are believed. */
  balancerArn: string;
  signIn: Dashboard['signIn'];
  personalDataRoles: readonly string[];
};

/** The one container: nothing in it can be written but the scratch folder, and it can gain no rights. */
export function containerDefinition(container: Container) {
  const { image, logGroup, region } = container;
  return {
    name: CONTAINER,
    image,
    essential: true,
    user: USER,
    readonlyRootFilesystem: true,
    linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['ALL'] } },
    portMappings: [{ containerPort: PORT, hostPort: PORT, protocol: 'tcp' }],
    // The image declares the folder a volume, so that it belongs to the user.
    mountPoints: [{ sourceVolume: SCRATCH.name, containerPath: SCRATCH.path, readOnly: false }],
    environment: environment(container),
    stopTimeout: 30,
    logConfiguration: {
      logDriver: 'awslogs',
      options: {
        'awslogs-group': logGroup,
        'awslogs-region': region,
        'awslogs-stream-prefix': CONTAINER,
        // A log that cannot be delivered must not stop the page.
        mode: 'non-blocking',
        'max-buffer-size': '4m',
      },
    },
  };
}

function environment({ dataBucket, table, stack, balancerArn, signIn, personalDataRoles }: Container) {
  const values = {
    HOST: '0.0.0.0',
    PILOTLIGHT_ALB_ARN: balancerArn,
    PILOTLIGHT_DATA_BUCKET: dataBucket,
    PILOTLIGHT_MANIFEST_TABLE: table,
    PILOTLIGHT_OIDC_CLIENT_ID: signIn.clientId,
    PILOTLIGHT_OIDC_ISSUER: signIn.issuer,
    PILOTLIGHT_PERSONAL_DATA_ROLES: personalDataRoles.join(','),
    PILOTLIGHT_ROLES_CLAIM: signIn.rolesClaim,
    PILOTLIGHT_STACK: stack,
    PORT: String(PORT),
  };
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** What the container may write: gone with the task. */
export const scratchVolumes = [{ name: SCRATCH.name }];

/** @throws where Fargate has no task of that size; AWS would say so only when the task definition is registered */
export function taskSize({ cpu, memoryMb }: Pick<Dashboard, 'cpu' | 'memoryMb'>): { cpu: string; memory: string } {
  const allowed = FARGATE_MEMORY_MB[cpu];
  if (!allowed.includes(memoryMb)) {
    throw new Error(`pilotlight:dashboard.memoryMb: with cpu ${cpu} Fargate has ${allowed.join(', ')}`);
  }
  return { cpu: String(cpu), memory: String(memoryMb) };
}

/** Between what the configuration asks for and three times that. */
export const scaleOf = (tasks: number): { min: number; max: number } => ({ min: tasks, max: tasks * 3 });
