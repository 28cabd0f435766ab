package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"seine/internal/bank"
	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/config"
	"seine/internal/control"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/oversight"
	"seine/internal/party"
	"seine/internal/registry"
	"seine/internal/store"
	"seine/internal/treasury"
)

func newDoctor(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Explain in words what is wrong with an installation", Args: cobra.NoArgs,
		Long: "Look at disk, clock, secrets, schema, lock, administrators, exchange rates, sealing of the journal,\n" +
			"waiting orders, silent lanes, the bank link, the file drop and the certificate of a zone. Nothing is changed,\n" +
			"and a serving program may go on.\n" +
			"Each finding has a code and a cure. Exit status 3 when there is one.",
		Example: "  seine doctor --data /var/lib/seine\n  seine doctor --db postgres://zone@db/zone --secrets /etc/seine/secrets --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, err := s.zone()
			if err != nil {
				return err
			}
			d := &doctor{e: e, now: (&clock.System{}).Now()}
			if err := d.examine(cmd.Context(), s); err != nil {
				return err
			}
			if err := s.print(d.report(), d.write); err != nil {
				return err
			}
			if len(d.found) > 0 {
				return errFindings
			}
			return nil
		},
	}
}

// doctor looks at one zone.
type doctor struct {
	e     *config.Effective
	now   clock.Instant
	good  []string // what was looked at and is well
	found fault.List
}

func (d *doctor) well(format string, args ...any) {
	d.good = append(d.good, fmt.Sprintf(format, args...))
}

func (d *doctor) ill(f *fault.Fault) { d.found = append(d.found, f) }

func (d *doctor) report() any {
	return struct {
		OK       bool        `json:"ok"`
		Well     []string    `json:"well"`
		Findings []faultBody `json:"findings"`
	}{len(d.found) == 0, d.good, faultBodies(d.found)}
}

func (d *doctor) write(w io.Writer) error {
	var b strings.Builder
	for _, line := range d.good {
		b.WriteString("well     " + line + "\n")
	}
	for _, f := range d.found {
		fmt.Fprintf(&b, "FINDING  %s: %s\n         %s\n", f.Code, f.Message(), f.Remedy())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (d *doctor) examine(ctx context.Context, s *session) error {
	if err := d.disk(); err != nil {
		return err
	}
	if err := d.secrets(); err != nil {
		return err
	}
	d.certificate()
	d.drop()
	d.lock()
	st, _, err := s.look(ctx)
	if err != nil {
		list := fault.All(err)
		if list == nil {
			list = fault.List{fault.New(fault.Refused, "DOCTOR-STORE-01", "", "the store cannot be opened: {problem}",
				"check that the database runs and that this user may read it", "problem", err)}
		}
		d.found = append(d.found, list...) // without the store there is nothing more to look at
		return nil
	}
	defer st.Close()
	d.well("schema is that of this program (%s)", st.Engine())
	for _, look := range []func(context.Context, *store.Store) error{d.clock, d.administrators, d.rates, d.sealing, d.orders, d.lanes, d.banks} {
		if err := look(ctx, st); err != nil {
			return err
		}
	}
	return nil
}

// disk looks at the space where the zone's folder, or else the secrets, lie.
func (d *doctor) disk() error {
	dir := d.e.Zone.Data
	if dir == "" {
		dir = d.e.Place()
	}
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // said by the store or the secrets
		}
		return fmt.Errorf("look at the disk of %s: %w", dir, err)
	}
	free := int64(st.Bavail) * int64(st.Bsize)
	if free < d.e.Doctor.DiskFree {
		d.ill(fault.New(fault.Refused, "DOCTOR-DISK-01", "", "only {free} MiB are free on the disk of {folder}",
			"make room or move the zone: a full disk stops every lodging, though nothing that was acknowledged is lost", "free", free>>20, "folder", dir))
		return nil
	}
	d.well("disk has %d MiB free", free>>20)
	return nil
}

// secrets looks at who may read the keys.
func (d *doctor) secrets() error {
	dir := d.e.Place()
	if dir == "" {
		d.ill(fault.New(fault.Invalid, "DOCTOR-SECRETS-01", "", "a zone on PostgreSQL needs a folder for its secrets", "name it with --secrets DIR or zone.secrets"))
		return nil
	}
	var open []string
	missing := true
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		missing = missing && info.IsDir()
		if info.Mode().Perm()&0o077 != 0 {
			open = append(open, path)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look at the secrets: %w", err)
	}
	switch {
	case missing:
		d.ill(fault.New(fault.NotFound, "DOCTOR-SECRETS-02", "", "there are no keys in {folder}",
			"put the copy of the keys there; a start without them makes new ones, and old receipts are then signed by another key", "folder", dir))
	case len(open) > 0:
		d.ill(fault.New(fault.Refused, "DOCTOR-SECRETS-03", "", "others may read the secrets: {files}", "take their rights away with chmod: 700 for folders, 600 for files",
			"files", strings.Join(open, ", ")))
	default:
		d.well("secrets in %s are readable by their owner alone", dir)
	}
	return nil
}

// renewBefore is how long before its end a certificate is a finding.
const renewBefore = 21 * 24 * time.Hour

func (d *doctor) certificate() {
	path := d.e.Serve.TLSCertificate
	if path == "" {
		return
	}
	text, err := os.ReadFile(path)
	block, _ := pem.Decode(text)
	var cert *x509.Certificate
	if err == nil && block != nil {
		cert, err = x509.ParseCertificate(block.Bytes)
	}
	if cert == nil {
		d.ill(fault.New(fault.Invalid, "DOCTOR-TLS-01", "", "the certificate in {file} cannot be read", "check serve.tls-certificate: PEM, the own certificate first",
			"file", path).Because(err))
		return
	}
	if left := cert.NotAfter.Sub(d.now.Time()); left < renewBefore {
		d.ill(fault.New(fault.Refused, "DOCTOR-TLS-02", "", "the certificate in {file} ends on {day}", "renew it and start the server again",
			"file", path, "day", cert.NotAfter.Format("2006-01-02")))
		return
	}
	d.well("certificate is good until %s", cert.NotAfter.Format("2006-01-02"))
}

// dropPatience is how long a file may lie in an inbox: a serving program takes it
// within seconds, unless its feed is not accepted yet or something is missing.
const dropPatience = time.Hour

// drop looks at the folder in which systems leave files: what nobody takes, and
// what was refused since yesterday.
func (d *doctor) drop() {
	root := d.e.Serve.Drop
	if root == "" {
		return
	}
	books, err := os.ReadDir(root)
	if err != nil {
		d.ill(fault.New(fault.Refused, "DOCTOR-DROP-01", "", "the folder of the file drop, {folder}, cannot be read", "make it, or set serve.drop to the right one; the account that serves must be able to read and write in it", "folder", root).Because(err))
		return
	}
	waiting, refused, oldest := 0, 0, ""
	var since time.Time
	for _, book := range books {
		each := func(folder string, look func(name string, at time.Time)) {
			files, _ := os.ReadDir(filepath.Join(root, book.Name(), folder)) // a book of which nothing came yet has none
			for _, file := range files {
				if info, err := file.Info(); err == nil && !strings.HasPrefix(file.Name(), ".") {
					look(file.Name(), info.ModTime())
				}
			}
		}
		each("inbox", func(name string, at time.Time) {
			if strings.HasSuffix(name, ".part") || strings.HasSuffix(name, ".tmp") || d.now.Time().Sub(at) < dropPatience {
				return
			}
			if waiting++; oldest == "" || at.Before(since) {
				oldest, since = book.Name()+"/inbox/"+name, at
			}
		})
		each("refused", func(name string, at time.Time) {
			if strings.HasSuffix(name, ".problem.json") && d.now.Time().Sub(at) < 24*time.Hour {
				refused++
			}
		})
	}
	if waiting > 0 {
		d.ill(fault.New(fault.Refused, "DOCTOR-DROP-02", "", "{count} files of the drop have waited for more than an hour, the oldest is {file}",
			"see that a program serves with this drop, that customs accepted the feed and that no message before them is missing", "count", waiting, "file", oldest))
	}
	if refused > 0 {
		d.ill(fault.New(fault.Refused, "DOCTOR-DROP-03", "", "{count} files of the drop were refused since yesterday", "tell the enterprises: the faults stand beside each file in refused/", "count", refused))
	}
	if waiting+refused == 0 {
		d.well("nothing waits in the file drop")
	}
}

// lock tells whether a program is writing; either is well.
func (d *doctor) lock() {
	if d.e.Zone.Data == "" {
		return
	}
	f, err := os.Open(filepath.Join(d.e.Zone.Data, "zone.lock"))
	if err != nil {
		return
	}
	defer f.Close()
	// A shared lock is had only when nobody writes; closing the file gives it back.
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); err == nil {
		d.well("no program is writing in the folder")
		return
	}
	pid, _ := io.ReadAll(io.LimitReader(f, 32))
	d.well("process %s is writing in the folder", strings.TrimSpace(string(pid)))
}

// clockSlack is how far the journal may be ahead: two machines never agree.
const clockSlack = 5 * time.Second

// clock compares the machine's time with that of the last entry.
func (d *doctor) clock(ctx context.Context, st *store.Store) error {
	last, err := st.Entries(ctx, st.Position()-1, 1)
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	if len(last) == 1 && last[0].At > d.now.Add(clockSlack) {
		d.ill(fault.New(fault.Refused, "DOCTOR-CLOCK-01", "", "the machine's clock shows {now}, but the journal's last entry is of {last}",
			"set the clock by a time server before anything is lodged: legal moments are taken from it", "now", d.now, "last", last[0].At))
		return nil
	}
	d.well("clock shows %s, the journal has %d entries", d.now.Time().Format("2006-01-02 15:04:05 -07:00"), st.Position())
	return nil
}

func (d *doctor) administrators(ctx context.Context, st *store.Store) error {
	n, err := administrators(ctx, st)
	if err != nil {
		return err
	}
	if n == 0 {
		d.ill(fault.New(fault.NotFound, "DOCTOR-ADMIN-01", "", "nobody is administrator of this zone", "make the first one: “seine user add --admin”"))
		return nil
	}
	d.well("administrators: %d", n)
	return nil
}

// administrators counts the active accounts of serving administrators.
func administrators(ctx context.Context, st *store.Store) (int, error) {
	officers, err := every[party.Officer](ctx, st, dossier.Officer)
	if err != nil {
		return 0, fmt.Errorf("read the officers: %w", err)
	}
	users, err := every[party.User](ctx, st, dossier.User)
	if err != nil {
		return 0, fmt.Errorf("read the accounts: %w", err)
	}
	n := 0
	for i := range officers {
		for j := range users {
			if officers[i].Holds(party.Administrator) && users[j].Officer == officers[i].ID && users[j].State == party.Active {
				n++
			}
		}
	}
	return n, nil
}

// rates tells which currencies have no rate that is new enough.
func (d *doctor) rates(ctx context.Context, st *store.Store) error {
	var all registry.Rates
	if _, err := st.Load(ctx, dossier.Parameter, registry.RatesID, &all); err != nil && !fault.Is(err, "STORE-ABSENT-01") {
		return fmt.Errorf("read the exchange rates: %w", err)
	}
	newest := map[string]clock.Date{}
	for _, r := range all.Rates {
		newest[r.Currency] = max(newest[r.Currency], r.From)
	}
	if len(newest) == 0 {
		d.ill(fault.New(fault.NotFound, "DOCTOR-RATES-01", "", "no exchange rate is entered: only prices in yuan can be taxed", "enter the rates of the month"))
		return nil
	}
	bound := d.now.Add(-d.e.Doctor.RatesAge).Date()
	var stale []string
	for currency, from := range newest {
		if from < bound {
			stale = append(stale, currency+" of "+from.String())
		}
	}
	if len(stale) > 0 {
		slices.Sort(stale)
		d.ill(fault.New(fault.Refused, "DOCTOR-RATES-02", "", "exchange rates are old: {rates}", "enter the rates of the month", "rates", strings.Join(stale, ", ")))
		return nil
	}
	d.well("exchange rates of %d currencies are new enough", len(newest))
	return nil
}

// sealing tells whether the journal is sealed up to now.
func (d *doctor) sealing(ctx context.Context, st *store.Store) error {
	last, err := st.LastCheckpoint(ctx)
	if err != nil {
		return fmt.Errorf("read the last checkpoint: %w", err)
	}
	open, err := st.Entries(ctx, last.Size, 1)
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	if len(open) == 1 && open[0].At < d.now.Add(-d.e.Doctor.UnsealedAge) {
		d.ill(fault.New(fault.Refused, "DOCTOR-SEAL-01", "", "{count} journal entries since {since} are not sealed",
			"they are sealed by themselves while the zone is served; if it is, look for “seal” in its log",
			"count", st.Position()-last.Size, "since", open[0].At))
		return nil
	}
	d.well("journal is sealed up to entry %d", last.Size)
	return nil
}

// orders tells of orders that were given up.
func (d *doctor) orders(ctx context.Context, st *store.Store) error {
	counts, err := st.OutboxCounts(ctx)
	if err != nil {
		return fmt.Errorf("count the orders: %w", err)
	}
	waiting := 0
	for _, channel := range sortedKeys(counts) {
		waiting += counts[channel]["waiting"]
		if n := counts[channel]["given-up"]; n > 0 {
			d.ill(fault.New(fault.Refused, "DOCTOR-ORDERS-01", "", "{count} orders to “{channel}” were given up after many tries",
				"look into the log for their reason and repeat them when it is gone", "count", n, "channel", channel))
		}
	}
	d.well("orders waiting to be sent: %d", waiting)
	return nil
}

const (
	// laneMemory is how long ago a lane may have read its last vehicle and still
	// count as in use: one that was taken down is named for a month and then no more.
	laneMemory = 30 * 24 * time.Hour
	// Goods lanes work through the day shift. Nights and days off prove nothing, so
	// silence is counted between these hours of working days.
	shiftBegins, shiftEnds = 8 * time.Hour, 18 * time.Hour
)

// lanes names lanes in use at which no vehicle was read for long. Every reading
// makes a passage, whatever its verdict, and a lane that decided by itself sends
// its passages later: a lane without any is closed, or cannot reach us.
func (d *doctor) lanes(ctx context.Context, st *store.Store) error {
	names, err := st.Lanes(ctx)
	if err != nil {
		return fmt.Errorf("list the lanes: %w", err)
	}
	calendar, err := calendarOf(ctx, st)
	if err != nil {
		return err
	}
	used := 0
	var silent []string
	for _, name := range names {
		page, err := st.List(ctx, dossier.Passage, store.Query{Where: map[string][]string{"lane": {name}}, Limit: 1})
		if err != nil {
			return fmt.Errorf("read the passages of lane %s: %w", name, err)
		}
		for _, item := range page.Items {
			var p control.Passage
			if err := json.Unmarshal(item.Body, &p); err != nil {
				return fmt.Errorf("read passage %s: %w", item.ID, err)
			}
			last := max(p.Readings.At, p.Decided)
			if last < d.now.Add(-laneMemory) {
				continue
			}
			if used++; shiftTime(calendar, last, d.now) > d.e.Doctor.LaneSilence {
				silent = append(silent, fmt.Sprintf("%s/%s/%s since %s", p.Readings.Area, p.Readings.Gate, name, last.Time().Format("2006-01-02 15:04")))
			}
		}
	}
	if len(silent) > 0 {
		d.ill(fault.New(fault.Refused, "DOCTOR-LANES-01", "", "lanes have read no vehicle for more than {hours} working hours: {lanes}",
			"see whether they are closed; if not, look at their power, their network and the certificate or token of their equipment. What a lane decides by itself meanwhile is sent when it reaches us again",
			"hours", d.e.Doctor.LaneSilence.Hours(), "lanes", strings.Join(silent, ", ")))
		return nil
	}
	d.well("lanes in use: %d, and none is silent", used)
	return nil
}

// calendarOf gives the working days as the zone has them in force.
func calendarOf(ctx context.Context, st *store.Store) (*clock.Calendar, error) {
	changes, err := oversight.ParameterChanges(ctx, st)
	if err != nil {
		return nil, fmt.Errorf("read the parameters: %w", err)
	}
	rules, err := oversight.NewRulebook(changes)
	if err != nil {
		return nil, fmt.Errorf("read the parameters: %w", err)
	}
	return rules.Calendar, nil
}

// shiftTime counts the time of day shifts of working days between two moments.
func shiftTime(c *clock.Calendar, from, to clock.Instant) time.Duration {
	var sum time.Duration
	for day := from.Date(); day <= to.Date(); day++ {
		begin, end := max(from, day.Start().Add(shiftBegins)), min(to, day.Start().Add(shiftEnds))
		if c.Working(day) && begin < end {
			sum += (end - begin).Duration()
		}
	}
	return sum
}

const (
	// bankPatience is how long a message may wait for a bank: the link repeats within
	// seconds and builds itself up again, so minutes mean that the other side is away.
	bankPatience = 15 * time.Minute
	// statementBy is when the bank's statement of the working day before is missed.
	statementBy = 12 * time.Hour
)

// banks looks at the bank link: orders that nobody makes into messages, messages
// that a bank does not acknowledge, statements of days that did not come.
func (d *doctor) banks(ctx context.Context, st *store.Store) error {
	peers, err := every[treasury.Peer](ctx, st, dossier.BankPeer)
	if err != nil {
		return fmt.Errorf("read the banks: %w", err)
	}
	if len(peers) == 0 && d.e.Serve.BankAddress == "" {
		return nil // a zone without the link hands its orders to banks on another way
	}
	found, late := len(d.found), d.now.Add(-bankPatience)
	count, since, err := st.Oldest(ctx, casework.BankChannel)
	if err != nil {
		return fmt.Errorf("read the orders to banks: %w", err)
	}
	if count > 0 && since < late {
		d.ill(fault.New(fault.Refused, "DOCTOR-BANK-01", "", "{count} orders to banks wait since {since} and were not made into messages",
			"serve the zone with serve.bank-address, and make the bank known with “seine bank trust”; the log names orders that cannot be made into messages",
			"count", count, "since", since))
	}
	for i := range peers {
		if err := d.unheard(ctx, st, peers[i].ID, late); err != nil {
			return err
		}
		if err := d.statement(ctx, st, peers[i].ID); err != nil {
			return err
		}
	}
	if len(d.found) == found {
		d.well("bank link: %d banks, and nothing waits for long", len(peers))
	}
	return nil
}

// unheard tells of messages that a bank has not acknowledged for long.
func (d *doctor) unheard(ctx context.Context, st *store.Store, peer string, late clock.Instant) error {
	waiting, err := st.Find(ctx, dossier.BankMessage, "waiting", peer, 1000) // in the order of their sequence
	if err != nil || len(waiting) == 0 {
		return err
	}
	var oldest treasury.Mail
	if _, err := st.Load(ctx, dossier.BankMessage, waiting[0], &oldest); err != nil {
		return fmt.Errorf("read the message %s: %w", waiting[0], err)
	}
	if oldest.State == treasury.MailWaiting && oldest.At < late {
		d.ill(fault.New(fault.Refused, "DOCTOR-BANK-02", "", "{bank} does not answer: {count} messages wait since {since} for its acknowledgement",
			"see that the bank reaches serve.bank-address and call it; nothing is lost, and all is sent by itself when it connects again",
			"bank", peer, "count", len(waiting), "since", oldest.At))
	}
	return nil
}

// statement tells when the bank's statement of the last working day is missing, and
// with it the comparison of that day.
func (d *doctor) statement(ctx context.Context, st *store.Store, peer string) error {
	calendar, err := calendarOf(ctx, st)
	if err != nil {
		return err
	}
	due := d.now.Add(-statementBy).Date() - 1
	for !calendar.Working(due) {
		due--
	}
	days, err := st.List(ctx, dossier.Reconciliation, store.Query{Where: map[string][]string{"bank": {peer}}, Limit: 1})
	if err != nil {
		return fmt.Errorf("read the days of %s: %w", peer, err)
	}
	var last clock.Date
	for _, item := range days.Items {
		var r bank.Reconciliation
		if err := json.Unmarshal(item.Body, &r); err != nil {
			return fmt.Errorf("read the day %s: %w", item.ID, err)
		}
		last = r.Day
	}
	if last == 0 { // none came yet: the first is due for the day of the first message
		first := d.now
		for _, direction := range []string{"in", "out"} {
			var m treasury.Mail
			_, err := st.Load(ctx, dossier.BankMessage, treasury.MailID(direction, peer, 1), &m)
			if err != nil && !fault.Is(err, "STORE-ABSENT-01") {
				return fmt.Errorf("read the first message of %s: %w", peer, err)
			}
			if err == nil {
				first = min(first, m.At)
			}
		}
		last = first.Date() - 1
	}
	if last < due {
		d.ill(fault.New(fault.Refused, "DOCTOR-BANK-03", "", "{bank} has sent no statement of a day after {last}, so payments since then were not compared with its books",
			"ask the bank for the statement of each day; it is compared by itself when it has come, and “seine bank reconcile” prints the result", "bank", peer, "last", last))
	}
	return nil
}
