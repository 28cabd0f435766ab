package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"

	"seine/internal/bonded"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/httpapi"
	"seine/internal/journal"
	"seine/internal/message"
	"seine/internal/party"
)

// The folders of a feed within the file drop.
const (
	dropInbox   = "inbox"
	dropDone    = "done"
	dropRefused = "refused"
)

// Bounds of the file drop. They protect the house.
const (
	dropAtMost = 200      // files of one feed taken in one round
	dropListed = 100_000  // files of one feed that are put in order
	dropBytes  = 16 << 20 // of one file, as over the interface
	dropName   = 200      // bytes of a name that are kept
)

// fileDrop takes the messages of feeds out of folders: DIR/BOOK/inbox. Whoever may
// write in the folder of a book speaks as that feed and as no other, so the
// operating system guards what a key guards at the interface. The house never
// makes the folder of a book: an operator does, and gives its rights.
type fileDrop struct {
	app *App
	dir string
	// What is remembered only saves work: folders that were spoken of, and files
	// that came too early with the message that was applied then.
	told  map[string]bool
	early map[string]int64

	files   *prometheus.CounterVec // by outcome
	waiting *prometheus.GaugeVec   // by feed, as the last look found them
}

// Outcomes of a file of the drop, as they are counted.
const (
	dropTaken    = "taken"
	dropRejected = "refused"
)

// figures gives what /metrics shows of the drop; nothing where there is none.
func (d *fileDrop) figures() []prometheus.Collector {
	if d == nil {
		return nil
	}
	return []prometheus.Collector{d.files, d.waiting}
}

// newFileDrop opens the file drop, nil where there is none. Fault: APP-DROP-01.
func newFileDrop(a *App, dir string) (*fileDrop, error) {
	if dir == "" {
		return nil, nil
	}
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = errors.New("it is no folder")
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "APP-DROP-01", "", "the file drop {dir} cannot be used: {problem}", "make the folder, or name another with --drop DIR", "dir", dir, "problem", err).Because(err)
	}
	return &fileDrop{
		app: a, dir: dir, told: map[string]bool{}, early: map[string]int64{},
		files:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "seine_drop_files_total", Help: "Files of the drop that were taken or refused."}, []string{"outcome"}),
		waiting: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "seine_drop_waiting", Help: "Files that wait in the inbox of a feed, as the last look found them."}, []string{"feed"}),
	}, nil
}

// round looks into the folder of every feed. What fails in one does not keep the
// others from being looked at.
func (d *fileDrop) round(ctx context.Context) error {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if !e.IsDir() {
			d.tell(e.Name(), "what lies in the file drop is no folder of a feed and is left alone")
			continue
		}
		if failed := d.folder(ctx, e); failed != nil {
			err = errors.Join(err, fmt.Errorf("file drop of %s: %w", e.Name(), failed))
		}
	}
	return err
}

// tell logs once what an operator has to put right.
func (d *fileDrop) tell(name, what string) {
	if !d.told[name] {
		d.told[name] = true
		d.app.Log.Warn(what, "name", name)
	}
}

// folder takes the files of one feed in the order of their names.
func (d *fileDrop) folder(ctx context.Context, e fs.DirEntry) error {
	root, err := os.OpenRoot(filepath.Join(d.dir, e.Name()))
	if err != nil {
		return err
	}
	defer root.Close()
	// A link that was put in place of the folder meanwhile leads elsewhere.
	listed, err := e.Info()
	if err != nil {
		return err
	}
	if opened, err := root.Stat("."); err != nil || !os.SameFile(listed, opened) {
		return errors.Join(errors.New("the folder was exchanged"), err)
	}
	names, err := waiting(root)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		d.waiting.DeleteLabelValues(e.Name())
		return nil
	}
	var f feed.Feed
	if _, err := d.app.Store.Load(ctx, dossier.Feed, e.Name(), &f); err != nil {
		if fault.Is(err, "STORE-ABSENT-01") {
			d.tell(e.Name(), "a folder of the file drop bears the number of no feed and is left alone")
			return nil
		}
		return err
	}
	d.waiting.WithLabelValues(f.Book).Set(float64(len(names)))
	if f.Takes() != nil { // as long as the feed is not accepted, its files wait
		return nil
	}
	taken := 0
	for _, name := range names {
		path := filepath.Join(f.Book, name)
		if applied, early := d.early[path]; early && applied == f.Applied {
			continue
		}
		delete(d.early, path)
		if taken++; taken > dropAtMost || ctx.Err() != nil {
			break
		}
		early, err := d.file(ctx, root, &f, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if _, err := d.app.Store.Load(ctx, dossier.Feed, f.Book, &f); err != nil {
			return err
		}
		if early {
			d.early[path] = f.Applied
		}
	}
	if len(d.early) > dropListed {
		clear(d.early)
	}
	return nil
}

// waiting lists what lies whole in the inbox, by name. A name that begins with a
// dot or ends with .part or .tmp is of a file that is still being written.
func waiting(root *os.Root) ([]string, error) {
	for _, name := range []string{dropInbox, dropDone, dropRefused} {
		if err := root.Mkdir(name, 0o770); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		if info, err := root.Lstat(name); err != nil || !info.IsDir() {
			return nil, errors.Join(fmt.Errorf("%s is no folder", name), err)
		}
	}
	inbox, err := root.Open(dropInbox)
	if err != nil {
		return nil, err
	}
	defer inbox.Close()
	all, err := inbox.Readdirnames(dropListed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	names := slices.DeleteFunc(all, func(name string) bool {
		return strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".part") || strings.HasSuffix(name, ".tmp")
	})
	slices.Sort(names)
	return names, nil
}

// dropReceipt is what lies beside a file that was taken.
type dropReceipt struct {
	File     string             `json:"file"`
	At       clock.Instant      `json:"at"`
	Messages []bonded.FeedReply `json:"messages"` // as the interface would have answered
}

// file takes one file through the door that the interface has too, and moves it
// once all of it is on disk. A crash in between is harmless: the same messages
// again change nothing. early tells that it stays in the inbox, because something
// that must come first is missing.
func (d *fileDrop) file(ctx context.Context, root *os.Root, f *feed.Feed, name string) (early bool, err error) {
	replies, err := d.take(ctx, root, f, name)
	faults := fault.All(err)
	switch {
	case err == nil:
		d.files.WithLabelValues(dropTaken).Inc()
		d.app.Log.Info("a file was taken from the drop", "feed", f.Book, "file", name, "messages", len(replies))
		return false, d.move(root, name, dropDone, ".receipt.json", dropReceipt{name, d.app.Clock.Now(), replies})
	case errors.Is(err, fs.ErrNotExist): // another node had it, or the sender took it back
		return false, nil
	case faults == nil, slices.ContainsFunc(faults, ofTheHouse):
		return false, err
	case !slices.ContainsFunc(faults, func(f *fault.Fault) bool { return f.Code != "FEED-SEQUENCE-02" && f.Code != "FEED-STATE-01" }):
		return true, nil
	}
	d.files.WithLabelValues(dropRejected).Inc()
	d.app.Log.Warn("a file of the drop was refused", "feed", f.Book, "file", name, "faults", len(faults), "first", faults[0].Code)
	return false, d.move(root, name, dropRefused, ".problem.json", httpapi.ProblemOf(err, f.Book+"/"+name))
}

// ofTheHouse tells whether the house could not take it just now: it tries again.
func ofTheHouse(f *fault.Fault) bool {
	return f.Kind == fault.Overload || f.Code == "STORE-RACE-01" || f.Code == "STORE-EPOCH-01"
}

// take reads a file and hands over its messages, one after the other. Each counts
// by itself: a bad one does not keep the others out. Faults: APP-DROP-02 to -05,
// FEED-BATCH-01, those of reading and of bonded.TakeMessage, below the place of
// the message where the file may hold several.
func (d *fileDrop) take(ctx context.Context, root *os.Root, f *feed.Feed, name string) ([]bonded.FeedReply, error) {
	body, changed, err := content(root, name)
	if err != nil {
		return nil, err
	}
	by := decision.Actor{ID: "drop/" + f.Book, Kind: journal.Client, Enterprise: f.Enterprise}
	if ext := filepath.Ext(name); ext == ".csv" || ext == ".xlsx" {
		m, err := d.table(ctx, f, name, body, changed)
		if err != nil {
			return nil, err
		}
		reply, err := d.hand(ctx, by, m)
		return []bonded.FeedReply{reply}, err
	}
	all, single, err := feed.Batch(body, filepath.Ext(name) == ".ndjson")
	if err != nil {
		return nil, err
	}
	var replies []bonded.FeedReply
	var faults fault.List
	for i, raw := range all {
		m, err := feed.ReadJSON(raw)
		if err == nil && m.Book != f.Book {
			err = party.Absent(string(dossier.Feed), m.Book)
		}
		var reply bonded.FeedReply
		if err == nil {
			reply, err = d.hand(ctx, by, m)
		}
		under := "/" + strconv.Itoa(i)
		if single {
			under = ""
		}
		if err := faults.Add(under, err); err != nil {
			return nil, err
		}
		replies = append(replies, reply)
	}
	return replies, faults.OrNil()
}

func (d *fileDrop) hand(ctx context.Context, by decision.Actor, m feed.Message) (reply bonded.FeedReply, err error) {
	c := d.app.command("feed.send")
	c.Actor = by.ID
	receipt, err := d.app.Bonded.TakeMessage(ctx, c, by, m)
	if err == nil {
		err = json.Unmarshal(receipt.Reply, &reply)
	}
	httpapi.TellNotices(reply.Faults, reply.Findings)
	return reply, err
}

// table reads records as a table. The envelope stands in the name: NUMBER_KEY.csv; the
// time of sending is that of the file, now at the latest. A file that comes again
// with another time is still the same message.
func (d *fileDrop) table(ctx context.Context, f *feed.Feed, name string, body []byte, changed clock.Instant) (m feed.Message, err error) {
	number, key, both := strings.Cut(strings.TrimSuffix(name, filepath.Ext(name)), "_")
	sequence, err := strconv.ParseInt(number, 10, 64)
	if err != nil || !both {
		return m, unnamed(name)
	}
	m = feed.Message{Enterprise: f.Enterprise, System: f.System, Book: f.Book, Sequence: sequence, Key: key, SentAt: min(changed, d.app.Clock.Now())}
	var before feed.Received
	switch _, err := d.app.Store.Load(ctx, dossier.FeedMessage, feed.MessageID(f.Book, sequence), &before); {
	case err == nil && before.Key == key:
		m.SentAt = before.SentAt
	case err != nil && !fault.Is(err, "STORE-ABSENT-01"):
		return m, err
	}
	m.Records, err = message.ReadRecords(body)
	return m, err
}

func unnamed(name string) error {
	return fault.New(fault.Invalid, "APP-DROP-02", "", "the name “{name}” does not say what the file holds",
		"call it NAME.json (a message or a list of messages), NAME.ndjson (a message on each line) or NUMBER_KEY.csv or .xlsx (records of message NUMBER)", "name", name)
}

// content reads a file that lies in the inbox itself: no link, no folder, and no
// more than may be sent over the interface.
func content(root *os.Root, name string) (body []byte, changed clock.Instant, err error) {
	path := filepath.Join(dropInbox, name)
	before, err := root.Lstat(path)
	if err != nil {
		return nil, 0, err
	}
	if !before.Mode().IsRegular() {
		return nil, 0, noPlainFile(name)
	}
	switch filepath.Ext(name) {
	case ".json", ".ndjson", ".csv", ".xlsx":
	default:
		return nil, 0, unnamed(name)
	}
	if before.Size() > dropBytes {
		return nil, 0, tooMuch(name, before.Size())
	}
	file, err := root.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe put there meanwhile does not hold us up
	if errors.Is(err, fs.ErrPermission) {
		return nil, 0, fault.New(fault.Refused, "APP-DROP-05", "", "the file “{name}” may not be read", "let the account that serves the zone read it", "name", name).Because(err)
	}
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	opened, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	if !os.SameFile(before, opened) { // a link was put in its place meanwhile
		return nil, 0, noPlainFile(name)
	}
	body, err = io.ReadAll(io.LimitReader(file, dropBytes+1))
	if err == nil && len(body) > dropBytes { // it has grown meanwhile: a part of it is not what was sent
		err = tooMuch(name, int64(len(body)))
	}
	return body, clock.At(opened.ModTime()), err
}

func tooMuch(name string, size int64) error {
	return fault.New(fault.Invalid, "APP-DROP-04", "", "the file “{name}” has {size} bytes; {limit} are taken", "send it in several messages", "name", name, "size", size, "limit", dropBytes)
}

func noPlainFile(name string) error {
	return fault.New(fault.Invalid, "APP-DROP-03", "", "“{name}” is no plain file", "put files into the inbox, no folders and no links", "name", name)
}

// move puts a file where it belongs, with what is to be said about it beside it,
// which is written first: a file that was moved has its word.
func (d *fileDrop) move(root *os.Root, name, to, ending string, word any) error {
	kept, err := free(root, name, to)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(word, "", "  ")
	if err != nil {
		return err
	}
	said := filepath.Join(to, kept+ending)
	if err := root.WriteFile(said+".tmp", append(text, '\n'), 0o660); err != nil {
		return err
	}
	if err := root.Rename(said+".tmp", said); err != nil {
		return err
	}
	err = root.Rename(filepath.Join(dropInbox, name), filepath.Join(to, kept))
	if errors.Is(err, fs.ErrNotExist) { // another node moved it
		return nil
	}
	return err
}

// free gives a name that nothing in the folder has yet: an earlier file of that
// name is not written over.
func free(root *os.Root, name, to string) (string, error) {
	if len(name) > dropName {
		sum := sha256.Sum256([]byte(name))
		name = hex.EncodeToString(sum[:16]) + filepath.Ext(name[len(name)-10:])
	}
	for n := 1; ; n++ {
		kept := name
		if n > 1 {
			kept += "." + strconv.Itoa(n)
		}
		if _, err := root.Lstat(filepath.Join(to, kept)); errors.Is(err, fs.ErrNotExist) {
			return kept, nil
		} else if err != nil {
			return "", err
		}
	}
}
