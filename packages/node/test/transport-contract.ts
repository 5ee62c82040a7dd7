// The contract is every adapter's: it lives where all of them can reach it.
export * from '../../../test/support/transport-contract.ts'
