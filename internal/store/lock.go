package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"seine/internal/fault"
)

// lockFolder makes sure that one process writes in a folder. The lock goes with
// the process, however it ends. Fault: STORE-LOCK-01.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "zone.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock of %s: %w", dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		held, _ := os.ReadFile(f.Name())
		f.Close()
		return nil, fault.New(fault.Refused, "STORE-LOCK-01", "", "another program (process {pid}) is writing in {folder}",
			"stop it first, or name another folder", "pid", strings.TrimSpace(string(held)), "folder", dir).Because(err)
	}
	if err := f.Truncate(0); err == nil {
		fmt.Fprintf(f, "%d\n", os.Getpid())
	}
	return f, nil
}
