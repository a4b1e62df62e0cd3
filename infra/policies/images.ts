import { imagesOfJobs, MACHINE, PIPELINE } from './jobs.ts';
import { is, jsonOf, listOf, onResources, type Policy, type Props, type Seen, UNKNOWN, unless } from './policy.ts';

const FUNCTION = 'aws:lambda/function:Function';
const TASK = 'aws:ecs/taskDefinition:TaskDefinition';

/** Line 6: images. */
export const imagePolicies = (): Policy[] => [
  onResources({
    name: 'registry-immutable-and-scanned',
    line: 6,
    description: 'Image tags never move, and every push is scanned',
    types: ['aws:ecr/repository:Repository'],
    faults: ({ name, props }) => [
      ...unless(
        is(props.imageTagMutability, 'IMMUTABLE'),
        `${name}: tags can be moved: set imageTagMutability to IMMUTABLE`,
      ),
      ...unless(
        is(props.imageScanningConfiguration?.scanOnPush, true),
        `${name}: pushes are not scanned: set imageScanningConfiguration.scanOnPush`,
      ),
    ],
  }),
  onResources({
    name: 'image-by-digest',
    line: 6,
    description: 'Images are named by digest wherever they run',
    types: [FUNCTION, TASK, PIPELINE, MACHINE],
    faults: (seen) =>
      imagesOf(seen)
        .filter(({ image }) => !isByDigest(image))
        .map(
          ({ where, image }) =>
            `${seen.name}${where && `, ${where}`}: ${image ?? 'no image'}: name it as REPOSITORY@sha256:DIGEST`,
        ),
  }),
];

function imagesOf(seen: Seen): { where: string; image: unknown }[] {
  const { type, props } = seen;
  if (type === FUNCTION) return is(props.packageType, 'Image') ? [{ where: '', image: props.imageUri }] : [];
  if (type !== TASK) return imagesOfJobs(seen);
  return listOf<Props>(jsonOf(props.containerDefinitions) as Props).map(({ name, image }) => ({ where: name, image }));
}

const isByDigest = (image: unknown): boolean =>
  typeof image === 'string' && (image.includes(UNKNOWN) || /@sha256:[0-9a-f]{64}$/.test(image));
