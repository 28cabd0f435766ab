package bench

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// This file reads what the machine did meanwhile. Where the system does not tell
// (no /proc), the figure stays 0.

func thisMachine() Machine {
	m := Machine{Processors: runtime.GOMAXPROCS(0), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return m
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			m.Model = strings.TrimSpace(value)
			break
		}
	}
	return m
}

// clockTicks is USER_HZ, in which /proc counts; it is 100 on every Linux.
const clockTicks = 100

// meter holds processor times at one moment.
type meter struct {
	at       time.Time
	own      time.Duration // of this process
	children time.Duration // of load programs that have ended
	busy     time.Duration // of the whole machine
	database time.Duration // of PostgreSQL servers on this machine
}

func spent(who int) time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(who, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func readMeter() meter {
	return meter{
		at: time.Now(), own: spent(syscall.RUSAGE_SELF), children: spent(syscall.RUSAGE_CHILDREN), busy: machineBusy(), database: databaseBusy(),
	}
}

// machineBusy is how long the processors of the machine worked, all together.
func machineBusy() time.Duration {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	fields := strings.Fields(string(line))
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0
	}
	var ticks int64
	for _, i := range []int{1, 2, 3, 6, 7, 8} { // user, nice, system, irq, softirq, steal
		n, _ := strconv.ParseInt(fields[i], 10, 64)
		ticks += n
	}
	return time.Duration(ticks) * time.Second / clockTicks
}

// databaseBusy is how long the processes named postgres worked, those that have
// ended included.
func databaseBusy() time.Duration {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0
	}
	var ticks int64
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has just ended
		}
		name, rest, ok := strings.Cut(string(text), ") ")
		if !ok || !strings.HasSuffix(name, "(postgres") {
			continue
		}
		fields := strings.Fields(rest)
		if len(fields) < 15 {
			continue
		}
		for _, i := range []int{11, 12, 13, 14} { // utime, stime, cutime, cstime
			n, _ := strconv.ParseInt(fields[i], 10, 64)
			ticks += n
		}
	}
	return time.Duration(ticks) * time.Second / clockTicks
}

// since fills the processor figures of a stretch that began at from.
func (f *Figures) since(from meter, operations int64, onDatabase bool) {
	now := readMeter()
	if operations > 0 {
		f.CPU = micros(now.own-from.own) / float64(operations)
		if onDatabase {
			f.Database = micros(now.database-from.database) / float64(operations)
		}
	}
	ours := now.own - from.own + now.children - from.children
	if onDatabase {
		ours += now.database - from.database
	}
	if wall := now.at.Sub(from.at); wall > 0 && now.busy > 0 {
		f.Others = max(0, float64(now.busy-from.busy-ours)/float64(wall))
	}
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// percentiles gives the median and the 99th of a hundred, in milliseconds.
func percentiles(took []time.Duration) (p50, p99 float64) {
	if len(took) == 0 {
		return 0, 0
	}
	slices.Sort(took)
	at := func(share float64) float64 { return millis(took[min(len(took)-1, int(share*float64(len(took))))]) }
	return at(0.50), at(0.99)
}
