package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"seine/internal/fault"
	"seine/locales"
)

// Problem is the answer to a request that was not done (RFC 9457).
type Problem struct {
	Type      string         `json:"type" doc:"urn:seine:fault: and the code of the first fault; about:blank for an error of the house"`
	Title     string         `json:"title" doc:"the kind of refusal in a few words"`
	Status    int            `json:"status" doc:"HTTP status"`
	Detail    string         `json:"detail" doc:"the first fault in English"`
	DetailZH  string         `json:"detail_zh,omitempty" doc:"the first fault in Chinese"`
	Reference string         `json:"reference" doc:"number of this request, under which the log has it"`
	Errors    []ProblemFault `json:"errors,omitempty" doc:"every fault"`
}

// ProblemFault is one fault.
type ProblemFault struct {
	Code     string `json:"code" doc:"stable: programs act on it"`
	Pointer  string `json:"pointer" doc:"RFC 6901 pointer into what was sent, empty for the whole"`
	Detail   string `json:"detail"`
	Cure     string `json:"cure" doc:"how to put it right"`
	DetailZH string `json:"detail_zh"`
	CureZH   string `json:"cure_zh"`
}

// titles are the kinds of refusal in words.
var titles = map[fault.Kind]string{
	fault.Invalid: "The content is wrong", fault.Refused: "A rule forbids it now", fault.NotFound: "There is none",
	fault.Conflict: "Somebody else was first", fault.Forbidden: "The right is missing", fault.Overload: "Too much at once",
}

// statuses are the answers that HTTP has a closer word for than the kind of the
// fault gives.
var statuses = map[string]int{
	"HTTP-AUTH-01": http.StatusUnauthorized, "IDENTITY-TOKEN-01": http.StatusUnauthorized, "PARTY-SESSION-01": http.StatusUnauthorized,
	"IDENTITY-CLIENT-01": http.StatusUnauthorized, "IDENTITY-SIGNIN-01": http.StatusUnauthorized,
	"HTTP-BODY-01": http.StatusRequestEntityTooLarge, "HTTP-BODY-02": http.StatusUnsupportedMediaType, "HTTP-BODY-04": http.StatusUnsupportedMediaType,
	"HTTP-BODY-03": http.StatusRequestTimeout, "HTTP-JSON-01": http.StatusBadRequest, "HTTP-MATCH-01": http.StatusPreconditionFailed,
	"HTTP-METHOD-01": http.StatusMethodNotAllowed,
}

// statusOf gives the status for a list of faults.
func statusOf(l fault.List) int {
	if status, ok := statuses[l[0].Code]; ok {
		return status
	}
	switch l.Kind() {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.Overload:
		return http.StatusServiceUnavailable
	case fault.Refused, fault.Conflict:
		return http.StatusConflict
	}
	return http.StatusInternalServerError
}

// ProblemOf renders a refusal. An error that carries no fault is shown by its
// reference only.
func ProblemOf(err error, reference string) Problem {
	list := fault.All(err)
	if len(list) == 0 {
		status, text, chinese := http.StatusInternalServerError, "internal error; tell us the reference "+reference, "内部错误，请告知编号 "+reference
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			status, text, chinese = http.StatusGatewayTimeout, "it took too long; repeat it with the same Idempotency-Key", "处理时间过长；请用相同的 Idempotency-Key 重发"
		}
		return Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: text, DetailZH: chinese, Reference: reference}
	}
	p := Problem{
		Type: "urn:seine:fault:" + list[0].Code, Title: titles[list.Kind()], Status: statusOf(list), Reference: reference,
		Errors: make([]ProblemFault, 0, min(len(list), maxFaults)),
	}
	for _, f := range list[:min(len(list), maxFaults)] {
		text, cure := locales.Fault(locales.Chinese, f)
		p.Errors = append(p.Errors, ProblemFault{Code: f.Code, Pointer: f.Path, Detail: f.Message(), Cure: f.Remedy(), DetailZH: text, CureZH: cure})
	}
	p.Detail, p.DetailZH = p.Errors[0].Detail, p.Errors[0].DetailZH
	return p
}

// retryAfter is what an overloaded house asks for, in seconds.
const retryAfter = "1"

// problem is the one place that answers a request that was not done.
func (s *Server) problem(w http.ResponseWriter, r *http.Request, err error) {
	p := ProblemOf(err, referenceOf(r.Context()))
	if len(p.Errors) == 0 {
		level := slog.LevelError
		if r.Context().Err() != nil {
			level = slog.LevelWarn
		}
		s.log.Log(r.Context(), level, "request failed", "reference", p.Reference, "route", r.Pattern, "error", err)
	} else if cause := errors.Unwrap(fault.All(err)[0]); cause != nil {
		s.log.Info("request refused", "reference", p.Reference, "route", r.Pattern, "code", p.Errors[0].Code, "cause", cause)
	}
	switch p.Status {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", retryAfter)
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="seine"`)
	}
	raw, err := json.Marshal(p)
	if err != nil {
		s.log.Error("problem not rendered", "reference", p.Reference, "error", err)
	}
	answer(w, p.Status, "application/problem+json", raw)
}

// inside puts the pointers of a paper's faults below the member that holds the
// paper in what was sent, but for those that stand beside it.
func inside(err error, member string, beside ...string) error {
	list := fault.All(err)
	if list == nil {
		return err
	}
	moved := make(fault.List, len(list))
	for i, f := range list {
		moved[i] = f
		if f.Path != "" && !slices.ContainsFunc(beside, func(b string) bool { return f.Path == b || strings.HasPrefix(f.Path, b+"/") }) {
			moved[i] = f.Under(member)
		}
	}
	return moved
}
