package llm

import "maps"

// Stats are a client's figures since it was made.
type Stats struct {
	Writes int64          // texts asked for
	Calls  int64          // calls made or refused for them, tries again included
	Faults map[Kind]int64 // texts that did not come, or not whole

	Prompt, Cached, Completion int64 // tokens

	Today   int    // tokens used since midnight, UTC
	Busy    int    // calls under way
	Breaker string // closed, half-open, or open: the server is left alone
	Schema  bool   // the server is asked for JSON by a schema
}

// Stats returns the figures as they are.
func (c *Client) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	s.Faults = maps.Clone(s.Faults)
	s.Today, s.Busy, s.Breaker, s.Schema = c.purse.today(), len(c.places), c.breaker.State().String(), c.shape.schema
	return s
}
