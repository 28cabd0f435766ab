package feed

import (
	"bytes"
	"encoding/json"
	"errors"

	"seine/internal/fault"
)

// MaxBatch is how many messages one file may hold.
const MaxBatch = 1000

// Batch takes a file of messages apart: a JSON object is one message, a JSON list
// holds several, and of lines each is one. single tells that the file is one message
// by itself. Every one is still to be read by ReadJSON. Faults: FEED-READ-01 (no JSON), FEED-BATCH-01 (none in it, or too many).
func Batch(body []byte, lines bool) (all []json.RawMessage, single bool, err error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF")))
	switch {
	case lines:
		for line := range bytes.Lines(body) {
			if line = bytes.TrimSpace(line); len(line) > 0 && len(all) <= MaxBatch {
				all = append(all, line)
			}
		}
	case bytes.HasPrefix(body, []byte("[")):
		d := json.NewDecoder(bytes.NewReader(body))
		if _, err := d.Token(); err != nil {
			return nil, false, noJSON(err)
		}
		for d.More() && len(all) <= MaxBatch {
			var raw json.RawMessage
			if err := d.Decode(&raw); err != nil {
				return nil, false, noJSON(err)
			}
			all = append(all, raw)
		}
		if len(all) > MaxBatch {
			break
		}
		if _, err := d.Token(); err != nil {
			return nil, false, noJSON(err)
		}
		if d.More() {
			return nil, false, noJSON(errors.New("more after the end of the list"))
		}
	case len(body) > 0:
		all, single = append(all, body), true
	}
	if len(all) == 0 || len(all) > MaxBatch {
		return nil, false, fault.New(fault.Invalid, "FEED-BATCH-01", "", "the file holds no message, or more than {limit}", "put 1 to {limit} messages into one file", "limit", MaxBatch)
	}
	return all, single, nil
}
