package manifest

import "seine/internal/fault"

// Amended gives the version after m with the content that next states: the
// version is one more, the state stays, and each bill that remains keeps its
// state. Part shipments of one number are taken in their order. Whether the
// amendment is allowed at this time is a matter of Life.
//
// Faults: MAN-AMEND-03 when next is another manifest, MAN-AMEND-04 for each bill
// that a declaration already leans on (matched or later) and that next leaves out.
func (m Manifest) Amended(next Manifest) (Manifest, error) {
	if NormalNumber(next.ID) != NormalNumber(m.ID) {
		return m, fault.New(fault.Invalid, "MAN-AMEND-03", "/id", "the amendment is for manifest {given}, this is {number}",
			"give the number of the manifest that is to be amended", "given", next.ID, "number", m.ID)
	}
	states := map[string][]BillState{}
	for _, b := range m.Consignments {
		key := NormalNumber(b.Number)
		states[key] = append(states[key], b.State)
	}
	out := next
	out.ID, out.State, out.Version, out.SubmittedAt = m.ID, m.State, m.Version+1, m.SubmittedAt
	out.Consignments = append([]BillOfLading(nil), next.Consignments...)
	for i := range out.Consignments {
		b := &out.Consignments[i]
		key := NormalNumber(b.Number)
		b.State = BillIssued
		if kept := states[key]; len(kept) > 0 {
			b.State, states[key] = kept[0], kept[1:]
		}
	}
	var list fault.List
	for _, b := range m.Consignments {
		for _, lost := range states[NormalNumber(b.Number)] {
			if lost == BillMatched || lost == BillWrittenOff || lost == BillDelivered {
				list = append(list, fault.New(fault.Refused, "MAN-AMEND-04", "/consignments", "bill of lading {bill} is {state} and cannot be left out",
					"keep the bill, or have its declaration amended first", "bill", b.Number, "state", string(lost)))
			}
		}
		states[NormalNumber(b.Number)] = nil
	}
	if len(list) > 0 {
		return m, list
	}
	return out, nil
}
