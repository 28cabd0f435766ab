package store

import (
	"runtime"
	"sync"

	"seine/internal/decision"
)

// renderJob is an outcome that must be rendered before it can be written.
type renderJob struct {
	w   *work
	t   *taken
	err error
}

// renderAll renders what is not rendered yet, on all processors.
func renderAll(jobs []renderJob, how func(*decision.Outcome, *work) (*prepared, error)) {
	one := func(j *renderJob) {
		for i, p := range j.t.preps {
			if p == nil && j.err == nil {
				j.t.preps[i], j.err = how(j.t.outs[i], j.w)
			}
		}
	}
	n := min(runtime.GOMAXPROCS(0), 8)
	if len(jobs) < 8 || n == 1 {
		for i := range jobs {
			one(&jobs[i])
		}
		return
	}
	var wg sync.WaitGroup
	for k := range n {
		wg.Go(func() {
			for i := k; i < len(jobs); i += n {
				one(&jobs[i])
			}
		})
	}
	wg.Wait()
}
