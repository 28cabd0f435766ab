// Package journal is the proof. Every change that Seine makes is written down
// as one entry: who did it, when, what, about which documents, why (the rule,
// the law, the reason given) and what led to it. Nobody can take an entry out,
// put one in between or change a letter without being found out: the entries
// get dense positions and are sealed into a Merkle tree, whose root customs
// signs from time to time (a checkpoint). Whoever holds a receipt of an entry
// can prove later, without asking us and without any database, that the entry
// is in the log; whoever keeps two checkpoints can prove that the log of the
// first is the beginning of the log of the second.
//
// How the proof is built, from the inside out:
//
//   - Canonical writes an entry as bytes that depend on its content only.
//   - Commit hashes them with a salt: SHA-256(salt ‖ canonical bytes). The
//     commitment tells nothing about the entry, so the tree may be public and an
//     entry may be forgotten by destroying salt and content.
//   - Seal appends commitments to the tree by the hashing of RFC 6962: leaf
//     SHA-256(0x00 ‖ commitment), node SHA-256(0x01 ‖ left ‖ right).
//   - Checkpoint is the signed text of C2SP tlog-checkpoint: origin, size, root.
//   - A Promise is signed at once when a request is answered; the Receipt, with
//     its proof, follows the next checkpoint.
//
// The package is pure. It keeps no keys, opens no files and reads no clock.
package journal
