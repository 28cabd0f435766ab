package oversight

import (
	"slices"
	"testing"

	"seine/internal/party"
)

// Whoever can be drawn as second officer has to be able to say yes: the posts that
// keep a rule are those that the rights let confirm.
func TestKeepersMayConfirm(t *testing.T) {
	for action, posts := range keepers {
		if len(posts) == 0 {
			t.Errorf("%s: nobody keeps it", action)
		}
		for _, id := range posts {
			if post, ok := party.Rights().Post(id); !ok || !slices.Contains(post.May["proposal"], party.Confirm) {
				t.Errorf("%s: a %s can be drawn and may not confirm", action, id)
			}
		}
	}
}
