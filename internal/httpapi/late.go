package httpapi

import (
	"seine/internal/casework"
	"seine/internal/dossier"
)

var lateSteps = &resource[casework.Late]{
	kind: dossier.Late, path: "late-steps", tag: "declarations", one: "late-step", many: "late-steps", owner: "enterprise", area: "area",
	parties: func(l *casework.Late) ([]string, string) { return []string{l.Enterprise}, l.Area },
}

type lateQuery struct {
	paging
	Open        bool   `query:"open" doc:"only those that still wait"`
	Mode        string `query:"mode"`
	Step        string `query:"step"`
	Enterprise  string `query:"enterprise" doc:"credit code"`
	Declaration string `query:"declaration" doc:"id of the declaration"`
}

// lateRoutes give the steps whose limit passed before they were taken.
func (s *Server) lateRoutes() {
	listed(s, lateSteps, func(q *lateQuery) paging { return q.paging }, func(q *lateQuery) map[string]string {
		w := map[string]string{"mode": q.Mode, "step": q.Step, "enterprise": q.Enterprise, "declaration": q.Declaration}
		if q.Open {
			w["open"] = "true"
		}
		return w
	})
	lateSteps.show(s)
}
