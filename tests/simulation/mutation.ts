/** Mistakes that the simulation must find. Each is made in a model or in the simulated worker, never in the product. */
export const MUTATIONS = {
  'no-fence': 'a commit does not check the fencing tokens of its shards',
  'acknowledge-first': 'entries are acknowledged before they are committed',
  'any-mark': 'an evaluation deletes marks whatever their version',
  timestamps: 'marks carry a timestamp in place of a version',
  'any-row': 'an evaluation stores its row over one with a higher number',
  'former-place': 'a fact that moves does not mark what it left',
  'no-lock': 'a fact that is referred to is looked up without a lock',
  unresolved: 'references whose fact has not come are not remembered',
  'no-look-back': 'nobody looks for pending entries that no worker holds',
} as const

export type Mutation = keyof typeof MUTATIONS
