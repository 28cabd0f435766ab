package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"seine/internal/app"
	"seine/internal/clock"
	"seine/internal/config"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/party"
	"seine/internal/store"
)

func newUser(s *session) *cobra.Command {
	c := &cobra.Command{
		Use: "user", Short: "Accounts: add, list, link, lock, unlock",
		Long: "Accounts that people sign in with. No account has a password at first: a one-time link signs in,\n" +
			"and the person chooses a password there.",
	}
	c.AddCommand(newUserAdd(s), newUserList(s), newUserLink(s), newUserState(s, true), newUserState(s, false))
	return c
}

// linkShown is an account with its one-time link.
type linkShown struct {
	User    string        `json:"user"`
	Link    string        `json:"link"`
	Expires clock.Instant `json:"expires"`
}

func (l *linkShown) write(w io.Writer) error {
	_, err := fmt.Fprintf(w, "account %s: open this link once, until %s:\n%s\n", l.User, l.Expires.Time().Format("2006-01-02 15:04"), l.Link)
	return err
}

// link makes a one-time sign-in link. The server's address stands in it, so it
// works once the zone is served.
func link(ctx context.Context, a *app.App, e *config.Effective, user string) (*linkShown, error) {
	token, expires, err := a.Identity.MakeLink(ctx, operator, user, e.Session.Link)
	if err != nil {
		return nil, err
	}
	return &linkShown{user, publicURL(e) + "/sign-in/" + token, expires}, nil
}

// publicURL is where people reach the server.
func publicURL(e *config.Effective) string {
	if e.Serve.PublicURL != "" {
		return strings.TrimRight(e.Serve.PublicURL, "/")
	}
	scheme := "http"
	if e.Serve.SelfSigned || e.Serve.TLSCertificate != "" {
		scheme = "https"
	}
	return scheme + "://" + e.Serve.Address
}

func command(a *app.App, name string) decision.Command {
	return decision.Command{Name: name, Actor: operator.ID, Received: a.Clock.Now()}
}

type userFlags struct {
	admin                           bool
	officer, enterprise, full, lang string
	posts                           []string
}

func newUserAdd(s *session) *cobra.Command {
	var f userFlags
	c := &cobra.Command{
		Use: "add [NAME]", Short: "Open an account and print its one-time sign-in link", Args: cobra.MaximumNArgs(1),
		Long: "Open an account of an officer (--officer NUMBER) or of somebody who works for an enterprise\n" +
			"(--enterprise CODE --post broker). With --admin an officer in the post of administrator is\n" +
			"appointed as well: this is how a new zone gets its first account, named “admin” unless NAME says\n" +
			"otherwise. There is no default password.",
		Example: "  seine user add --admin --data /var/lib/seine\n  seine user add li.wei --officer 221801 --name 李伟 --data zone\n" +
			"  seine user add wang --enterprise 91310000MA1FL0EW6X --post broker --data zone",
		RunE: func(cmd *cobra.Command, args []string) error {
			name := "admin"
			switch {
			case len(args) == 1:
				name = strings.ToLower(args[0])
			case !f.admin:
				return errUse{errors.New("name the account")}
			}
			e, err := s.zone()
			if err != nil {
				return err
			}
			a, err := s.open(cmd.Context(), e, false)
			if err != nil {
				return err
			}
			shown, err := f.add(cmd.Context(), a, e, name)
			if err = leave(cmd.Context(), a, err); err != nil {
				return err
			}
			return s.print(shown, shown.write)
		},
	}
	c.Flags().BoolVar(&f.admin, "admin", false, "appoint an administrator and open the account")
	c.Flags().StringVar(&f.officer, "officer", "", "service `number` of the officer it belongs to")
	c.Flags().StringVar(&f.enterprise, "enterprise", "", "credit `code` of the enterprise it belongs to")
	c.Flags().StringVar(&f.full, "name", "", "`name` of the person")
	c.Flags().StringVar(&f.lang, "language", "", "`en` or zh-CN")
	c.Flags().StringSliceVar(&f.posts, "post", nil, "`posts` on the enterprise side")
	return c
}

// administratorUnit is where administrators of the system work.
const administratorUnit = "technology"

func (f *userFlags) add(ctx context.Context, a *app.App, e *config.Effective, name string) (*linkShown, error) {
	u := party.User{Name: name, FullName: f.full, Officer: f.officer, Enterprise: f.enterprise, Language: f.lang}
	for _, p := range f.posts {
		u.Posts = append(u.Posts, party.PostID(p))
	}
	// Looked at first, so that no officer is appointed whose account cannot be.
	var other party.User
	if _, err := a.Store.Load(ctx, dossier.User, name, &other); err == nil {
		return nil, fault.New(fault.Conflict, "CMD-USER-01", "/name", "there is an account “{name}” already",
			"“seine user link {name}” prints a new link for it", "name", name)
	} else if !fault.Is(err, "STORE-ABSENT-01") {
		return nil, err
	}
	switch {
	case f.admin:
		if u.FullName == "" {
			u.FullName = name
		}
		u.Officer, u.Enterprise, u.Posts = name, "", nil
		if err := u.Validate(); err != nil {
			return nil, err
		}
		o := party.Officer{
			Number: name, User: name, Name: u.FullName, Posts: []party.PostID{party.Administrator}, Unit: administratorUnit, Areas: []string{party.AnyArea},
		}
		if _, err := a.Registry.Appoint(ctx, command(a, "officer.appoint"), operator, o); err != nil {
			return nil, err
		}
	case f.officer != "":
		var o party.Officer
		if _, err := a.Store.Load(ctx, dossier.Officer, f.officer, &o); err != nil {
			return nil, err
		}
		if u.FullName == "" {
			u.FullName = o.Name
		}
		if err := u.Validate(); err != nil {
			return nil, err
		}
		o.User = name
		if _, err := a.Registry.Appoint(ctx, command(a, "officer.appoint"), operator, o); err != nil {
			return nil, err
		}
	case f.enterprise != "":
		var firm party.Enterprise
		if _, err := a.Store.Load(ctx, dossier.Enterprise, f.enterprise, &firm); err != nil {
			return nil, err
		}
	}
	if _, err := a.Registry.OpenAccount(ctx, command(a, "account.open"), operator, u); err != nil {
		return nil, err
	}
	return link(ctx, a, e, name)
}

func newUserLink(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "link NAME", Short: "Print a new one-time sign-in link for an account", Args: cobra.ExactArgs(1),
		Long:    "Make a link that signs in once and for a short time (setting session.link). It opens a locked account again.",
		Example: "  seine user link admin --data /var/lib/seine",
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := s.zone()
			if err != nil {
				return err
			}
			a, err := s.open(cmd.Context(), e, false)
			if err != nil {
				return err
			}
			shown, err := link(cmd.Context(), a, e, args[0])
			if err = leave(cmd.Context(), a, err); err != nil {
				return err
			}
			return s.print(shown, shown.write)
		},
	}
}

// newUserState makes “lock” and “unlock”.
func newUserState(s *session, lock bool) *cobra.Command {
	use, short, kind, state := "unlock", "Open a locked account again", "account.unlocked", party.Active
	if lock {
		use, short, kind, state = "lock", "Lock an account: nobody can sign in with it", "account.locked", party.Locked
	}
	c := &cobra.Command{
		Use: use + " NAME", Short: short, Args: cobra.ExactArgs(1),
		Long:    short + ". The journal keeps who did it.",
		Example: "  seine user " + use + " li.wei --data zone",
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := s.zone()
			if err != nil {
				return err
			}
			a, err := s.open(cmd.Context(), e, false)
			if err != nil {
				return err
			}
			_, err = a.Registry.ChangeAccount(cmd.Context(), command(a, "account."+use), operator, args[0], kind, func(u party.User) (party.User, error) {
				if u.State == party.Closed {
					return u, fault.New(fault.Refused, "CMD-USER-02", "", "account {name} is closed for good", "open a new account", "name", args[0])
				}
				u.State, u.Failures = state, 0
				return u, nil
			})
			if err = leave(cmd.Context(), a, err); err != nil {
				return err
			}
			return s.print(map[string]any{"user": args[0], "state": state}, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "account %s is %s\n", args[0], state)
				return err
			})
		},
	}
	return c
}

// every gives all documents of a kind, newest first.
func every[T any](ctx context.Context, st *store.Store, kind decision.Kind) ([]T, error) {
	var all []T
	q := store.Query{Limit: 1000}
	for {
		page, err := st.List(ctx, kind, q)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			var one T
			if err := json.Unmarshal(item.Body, &one); err != nil {
				return nil, fmt.Errorf("read %s %s: %w", kind, item.ID, err)
			}
			all = append(all, one)
		}
		if page.Next == "" {
			return all, nil
		}
		q.Before = page.Next
	}
}

// userShown is an account as it is listed: never its password.
type userShown struct {
	Name       string          `json:"name"`
	FullName   string          `json:"full_name,omitempty"`
	Officer    string          `json:"officer,omitempty"`
	Enterprise string          `json:"enterprise,omitempty"`
	Posts      []party.PostID  `json:"posts,omitempty"`
	State      party.UserState `json:"state"`
	Password   bool            `json:"password"` // one is set
}

func newUserList(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the accounts", Args: cobra.NoArgs,
		Long: "List every account with whom it belongs to, its posts and whether it may sign in.", Example: "  seine user list --data zone",
		RunE: func(cmd *cobra.Command, _ []string) error {
			st, _, err := s.look(cmd.Context())
			if err != nil {
				return err
			}
			defer st.Close()
			users, err := every[party.User](cmd.Context(), st, dossier.User)
			if err != nil {
				return err
			}
			officers, err := every[party.Officer](cmd.Context(), st, dossier.Officer)
			if err != nil {
				return err
			}
			posts := map[string][]party.PostID{}
			for i := range officers {
				posts[officers[i].ID] = officers[i].Posts
			}
			shown := []userShown{}
			for i := range users {
				u := &users[i]
				row := userShown{u.Name, u.FullName, u.Officer, u.Enterprise, u.Posts, u.State, u.Password != ""}
				if u.Officer != "" {
					row.Posts = posts[u.Officer]
				}
				shown = append(shown, row)
			}
			return s.print(shown, func(w io.Writer) error {
				var b strings.Builder
				for _, u := range shown {
					password := "link only"
					if u.Password {
						password = "password"
					}
					fmt.Fprintf(&b, "%-16s %-8s %-10s %-20s %s\n", u.Name, u.State, password, u.Officer+u.Enterprise, namesOf(u.Posts))
				}
				_, err := io.WriteString(w, b.String())
				return err
			})
		},
	}
}

func newOfficer(s *session) *cobra.Command {
	c := &cobra.Command{Use: "officer", Short: "Officers of the zone customs: list", Long: "The officers of the zone customs with their posts and areas."}
	c.AddCommand(&cobra.Command{
		Use: "list", Short: "List the officers with posts and areas", Args: cobra.NoArgs,
		Long: "List every officer with unit, posts, areas and whether at work now.", Example: "  seine officer list --data zone --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			st, _, err := s.look(cmd.Context())
			if err != nil {
				return err
			}
			defer st.Close()
			officers, err := every[party.Officer](cmd.Context(), st, dossier.Officer)
			if err != nil {
				return err
			}
			if officers == nil {
				officers = []party.Officer{}
			}
			return s.print(officers, func(w io.Writer) error {
				var b strings.Builder
				for i := range officers {
					o := &officers[i]
					duty := "off duty"
					if o.OnDuty {
						duty = "on duty"
					}
					fmt.Fprintf(&b, "%-10s %-12s %-8s %-8s %s [%s]\n", o.Number, o.Name, o.State, duty, namesOf(o.Posts), strings.Join(o.Areas, ", "))
				}
				_, err := io.WriteString(w, b.String())
				return err
			})
		},
	})
	return c
}
