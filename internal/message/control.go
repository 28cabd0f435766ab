package message

import (
	"io"
	"strconv"

	"seine/internal/fault"
	"seine/internal/message/edifact"
)

// The actions of a CONTRL message (UN/EDIFACT 0083).
const (
	controlRejected     = "4" // this level and all lower levels rejected
	controlAcknowledged = "7" // this level acknowledged, next lower level too unless rejected
)

// controlErrors gives the syntax error code of CONTRL (0085) for our codes.
var controlErrors = map[string]string{
	"EDI-COUNT-01": "29", "EDI-COUNT-02": "29", "EDI-COUNT-03": "29",
	"EDI-REFERENCE-01": "28", "EDI-REFERENCE-02": "26",
	"EDI-ENVELOPE-02": "13", "EDI-ENVELOPE-03": "15", "EDI-ENVELOPE-04": "33",
	"EDI-HEADER-01": "13", "EDI-TERMINATOR-02": "13", "EDI-TAG-01": "15", "EDI-UNA-01": "20",
	"EDI-CHARSET-01": "21",
}

// WriteControl answers an interchange by CONTRL (syntax version 4, directory
// 4:1): it is acknowledged as a whole, and each message with faults of its
// envelope is rejected with the code of its first fault. Contents are answered by
// the rooms, not here. e gives our own names and reference; Sender and Recipient
// are ours and theirs.
func WriteControl(w io.Writer, in *edifact.Interchange, faults fault.List, e Envelope) error {
	out := edifact.NewWriter(w, edifact.Default(4), "UNOY")
	prepared := e.Prepared.Time()
	sender, senderQualifier := in.Sender()
	recipient, recipientQualifier := in.Recipient()
	interchange := edifact.Seg("UCI", edifact.C(in.Reference()), party(sender, senderQualifier), party(recipient, recipientQualifier), edifact.C(controlAcknowledged))
	if code := firstCode(faults); code != "" {
		interchange = edifact.Seg("UCI", edifact.C(in.Reference()), party(sender, senderQualifier), party(recipient, recipientQualifier), edifact.C(controlRejected), edifact.C(code))
	}
	segments := []edifact.Segment{interchange}
	for _, m := range in.Messages {
		segments = append(segments, answer(m))
	}
	for _, g := range in.Groups {
		for _, m := range g.Messages {
			segments = append(segments, answer(m))
		}
	}
	all := []edifact.Segment{
		edifact.Seg("UNB", edifact.C("UNOY", "4"), edifact.C(e.Sender), edifact.C(e.Recipient), edifact.C(prepared.Format("20060102"), prepared.Format("1504")), edifact.C(e.Reference)),
		edifact.Seg("UNH", edifact.C(e.Reference), edifact.C("CONTRL", "4", "1", "UN")),
	}
	all = append(all, segments...)
	all = append(all,
		edifact.Seg("UNT", edifact.C(strconv.Itoa(len(segments)+2)), edifact.C(e.Reference)),
		edifact.Seg("UNZ", edifact.C("1"), edifact.C(e.Reference)))
	for _, s := range all {
		if err := out.Segment(s); err != nil {
			return err
		}
	}
	return out.Flush()
}

func party(id, qualifier string) []string {
	if qualifier == "" {
		return edifact.C(id)
	}
	return edifact.C(id, qualifier)
}

func answer(m edifact.Message) edifact.Segment {
	kind := edifact.C(m.Header.Components(2)...)
	if code := firstCode(m.Faults); code != "" {
		return edifact.Seg("UCM", edifact.C(m.Reference()), kind, edifact.C(controlRejected), edifact.C(code))
	}
	return edifact.Seg("UCM", edifact.C(m.Reference()), kind, edifact.C(controlAcknowledged))
}

func firstCode(faults fault.List) string {
	for _, f := range faults {
		if code := controlErrors[f.Code]; code != "" {
			return code
		}
	}
	return ""
}
