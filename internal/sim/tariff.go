package sim

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"seine/internal/clock"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/tariff"
)

// comingRates are the rates of the next year in which its schedule differs, as
// the demonstration makes them up: on goods that the zone trades in.
var comingRates = map[tariff.Code]string{
	"20091100": "5%", "22042100": "10%", "22083000": "8%", "33030000": "2%", "21069090": "10.8%", "87083099": "5.4%", "87084099": "5.5%", "39012000": "6%",
}

// nextTariff loads the schedule of the coming year, so that everybody who keeps
// the tariff sees what it changes, and hands it to a second officer.
func (w *Zone) nextTariff(ctx context.Context, on clock.Date) error {
	from := clock.Day(on.Year()+1, time.January, 1)
	file, err := comingSchedule(from)
	if err != nil {
		return err
	}
	officer := w.as(party.TaxOfficer)
	var draft oversight.TariffReply
	if err := officer.send(ctx, http.MethodPost, pathSchedules, map[string]any{"content": file, "from": from}, &draft); err != nil {
		return w.refused(err)
	}
	proposal := map[string]string{"law": "announcement of the demonstration", "reason": "rates of the coming year (demonstration)"}
	return w.refused(officer.send(ctx, http.MethodPost, pathSchedules+"/"+draft.ID+"/proposal", proposal, nil))
}

// comingSchedule is the file of the coming year's schedule: the one that comes
// with the program, with other rates.
func comingSchedule(from clock.Date) ([]byte, error) {
	cn, err := tariff.Shipped("cn")
	if err != nil {
		return nil, err
	}
	var changes []tariff.Amendment
	for code, rate := range comingRates {
		changes = append(changes, tariff.Amendment{Code: code, Kind: tariff.MFN.String(), Rate: rate, From: from, Law: "announcement of the demonstration"})
	}
	next, err := cn.Amend(changes)
	if err != nil {
		return nil, fmt.Errorf("the coming schedule: %w", err)
	}
	next.About.Title, next.About.Edition, next.About.Source = fmt.Sprintf("Import tariff %d, made up for the demonstration", from.Year()), from, "demonstration"
	var file bytes.Buffer
	packed := gzip.NewWriter(&file)
	if err := errors.Join(tariff.WriteFacts(packed, next), packed.Close()); err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}
