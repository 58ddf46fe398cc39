package fakeslack

import (
	"slices"
	"time"
)

// triggerLife is how long a trigger_id opens a view: docs.slack.dev/surfaces/modals.
const triggerLife = 3 * time.Second

// spend uses a trigger up.
func (c *call) spend() (*trigger, error) {
	t := c.s.world.triggers[c.str("trigger_id")]
	switch {
	case t == nil || t.team != c.team.ID:
		return nil, refuse("invalid_trigger_id")
	case t.used:
		return nil, refuse("exchanged_trigger_id")
	case c.s.clock.Now().Sub(t.at) > triggerLife:
		return nil, refuse("expired_trigger_id")
	}
	t.used = true
	return t, nil
}

func viewOpen(c *call) (obj, error) {
	view, err := c.view("modal")
	if err != nil {
		return nil, err
	}
	t, err := c.spend()
	if err != nil {
		return nil, err
	}
	return c.s.openView(c.team, t.user, view, nil), nil
}

func viewPush(c *call) (obj, error) {
	view, err := c.view("modal")
	if err != nil {
		return nil, err
	}
	t, err := c.spend()
	if err != nil {
		return nil, err
	}
	stack := c.s.world.modals[t.user]
	if len(stack) == 0 {
		return nil, refuse("not_found")
	}
	if len(stack) >= 3 {
		return nil, refuse("push_limit_reached")
	}
	return c.s.openView(c.team, t.user, view, stack), nil
}

// openView shows a modal on top of the stack.
func (s *Server) openView(t *team, user string, view obj, stack []*View) obj {
	v := &View{ID: s.world.id("V"), Team: t.ID, User: user}
	v.Root = v.ID
	if len(stack) > 0 {
		v.Root, v.Previous = stack[0].ID, stack[len(stack)-1].ID
	}
	s.fillView(v, view)
	s.world.views[v.ID] = v
	s.world.modals[user] = append(slices.Clone(stack), v)
	s.changed.Notify()
	return obj{"view": s.viewJSON(v)}
}

// view is the view argument, refused unless it is of the type.
func (c *call) view(kind string) (obj, error) {
	view, ok := c.args["view"].(obj)
	if !ok || str(view, "type") != kind {
		return nil, refuse("invalid_arguments", "[ERROR] must be a "+kind+" view [json-pointer:/view/type]")
	}
	return view, nil
}

func viewUpdate(c *call) (obj, error) {
	view, _ := c.args["view"].(obj)
	if view == nil {
		return nil, refuse("invalid_arguments", "[ERROR] missing required field: view [json-pointer:/view]")
	}
	v := c.s.world.views[c.str("view_id")]
	if external := c.str("external_id"); v == nil && external != "" {
		for _, other := range c.s.world.views {
			if other.ExternalID == external && other.Team == c.team.ID {
				v = other
			}
		}
	}
	if v == nil || v.Team != c.team.ID || !c.s.open(v) {
		return nil, refuse("not_found")
	}
	if hash := c.str("hash"); hash != "" && hash != v.Hash {
		return nil, refuse("hash_conflict")
	}
	c.s.fillView(v, view)
	c.s.changed.Notify()
	return obj{"view": c.s.viewJSON(v)}, nil
}

// open reports whether somebody still looks at the view.
func (s *Server) open(v *View) bool {
	return v.Type == "home" || slices.Contains(s.world.modals[v.User], v)
}

func viewPublish(c *call) (obj, error) {
	view, err := c.view("home")
	if err != nil {
		return nil, err
	}
	user := c.str("user_id")
	if u := c.s.world.users[user]; u == nil || u.Team != c.team.ID {
		return nil, refuse("user_not_found")
	}
	v := c.s.world.homes[user]
	if v != nil && c.str("hash") != "" && c.str("hash") != v.Hash {
		return nil, refuse("hash_conflict")
	}
	if v == nil {
		v = &View{ID: c.s.world.id("V"), Team: c.team.ID, User: user}
		v.Root = v.ID
		c.s.world.homes[user] = v
		c.s.world.views[v.ID] = v
	}
	c.s.fillView(v, view)
	c.s.changed.Notify()
	return obj{"view": c.s.viewJSON(v)}, nil
}

// fillView takes what the app said over into the view and gives it a new hash.
func (s *Server) fillView(v *View, view obj) {
	blocks, _ := view["blocks"].([]any)
	v.Type, v.CallbackID, v.ExternalID = str(view, "type"), str(view, "callback_id"), str(view, "external_id")
	v.PrivateMetadata, v.Title = str(view, "private_metadata"), textOf(view["title"])
	v.NotifyOnClose, _ = view["notify_on_close"].(bool)
	v.Blocks = withBlockIDs(s.world, blocks)
	v.Errors = nil
	v.Hash = s.world.id("hash.")
}

func (s *Server) viewJSON(v *View) obj {
	out := obj{
		"id": v.ID, "team_id": v.Team, "type": v.Type, "blocks": v.Blocks, "private_metadata": v.PrivateMetadata, "callback_id": v.CallbackID,
		"external_id": v.ExternalID, "hash": v.Hash, "root_view_id": v.Root, "previous_view_id": v.Previous, "state": obj{"values": obj{}},
		"app_id": s.cfg.AppID, "bot_id": s.world.teams[v.Team].BotID, "notify_on_close": v.NotifyOnClose,
	}
	if v.Title != "" {
		out["title"] = obj{"type": "plain_text", "text": v.Title}
	}
	return out
}

// Answers to view_submission.

// respondToView does what the app's answer to a submitted or closed view says.
func (s *Server) respondToView(viewID string, answer any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.world.views[viewID]
	if v == nil {
		return
	}
	stack := s.world.modals[v.User]
	view, _ := field(answer, "view").(obj)
	switch str(answer, "response_action") {
	case "errors":
		v.Errors = map[string]string{}
		list, _ := field(answer, "errors").(obj)
		for block, text := range list {
			v.Errors[block], _ = text.(string)
		}
	case "update":
		s.fillView(v, view)
	case "push":
		s.openView(s.world.teams[v.Team], v.User, view, stack)
	case "clear":
		s.world.modals[v.User] = nil
	default:
		s.world.modals[v.User] = slices.DeleteFunc(slices.Clone(stack), func(o *View) bool { return o == v })
	}
	s.changed.Notify()
}
