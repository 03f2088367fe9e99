package store

import "context"

// adopted are the statements that give what $2 owns to $1. Names that the new
// owner has used already get the old owner's name behind them.
var adopted = []string{
	`UPDATE recipes SET name = name || ' (' || (SELECT username FROM users WHERE id = recipes.owner_id) || ' ' || id || ')'
		WHERE EXISTS (SELECT 1 FROM recipes r WHERE r.owner_id = $1 AND r.purpose = recipes.purpose AND r.name = recipes.name)
		AND owner_id = $2`,
	`UPDATE collections SET name = name || ' (' || (SELECT username FROM users WHERE id = collections.owner_id) || ' ' || id || ')'
		WHERE EXISTS (SELECT 1 FROM collections c WHERE c.owner_id = $1 AND c.name = collections.name)
		AND owner_id = $2`,
	`UPDATE sessions SET owner_id = $1 WHERE owner_id = $2`,
	`UPDATE comparisons SET owner_id = $1 WHERE owner_id = $2`,
	`UPDATE collections SET owner_id = $1 WHERE owner_id = $2`,
	`UPDATE recipes SET owner_id = $1 WHERE owner_id = $2`,
	`UPDATE chats SET owner_id = $1 WHERE owner_id = $2`,
	`UPDATE watches SET owner_id = $1 WHERE owner_id = $2`,
	`UPDATE uploads SET user_id = $1 WHERE user_id = $2`,
	`UPDATE jobs SET owner_id = $1 WHERE owner_id = $2`,
	`UPDATE notices SET user_id = $1 WHERE user_id = $2`,
}

// Adopt gives everything that one user owns to another.
func (t users) Adopt(ctx context.Context, from, to string) error {
	for _, id := range []string{from, to} {
		if _, err := t.Get(ctx, id); err != nil {
			return err
		}
	}
	if from == to {
		return nil
	}
	for _, statement := range adopted {
		if _, err := t.exec(ctx, statement, to, from); err != nil {
			return err
		}
	}
	return nil
}
