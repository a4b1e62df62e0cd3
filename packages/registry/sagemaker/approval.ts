import type { Status } from '../registry.ts';

/** What SageMaker knows of a decision. */
export type Approval = 'Approved' | 'Rejected' | 'PendingManualApproval';

/** Of the versions that SageMaker shows as approved, our champion is the one approved last: the others are `superseded`. */
export function approvalOf(status: Status): Approval {
  if (status === 'rejected') return 'Rejected';
  return status === 'pending' ? 'PendingManualApproval' : 'Approved';
}
