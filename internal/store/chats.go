package store

import (
	"context"

	"retable/internal/retable"
)

type chats struct{ *tx }

const chatColumns = "id, owner_id, collection_id, title, created_at, updated_at"

func scanChat(row scanner) (c retable.Chat, err error) {
	err = row.Scan(&c.ID, &c.OwnerID, &c.CollectionID, &c.Title, &c.CreatedAt, &c.UpdatedAt)
	return c, err
}

func (t chats) Create(ctx context.Context, c *retable.Chat) error {
	return t.insert(ctx, retable.ErrTaken, errOwner(), "chats", chatColumns,
		c.ID, c.OwnerID, c.CollectionID, c.Title, c.CreatedAt, c.UpdatedAt)
}

func (t chats) Get(ctx context.Context, id string) (*retable.Chat, error) {
	return get(ctx, t.tx, retable.Missing("chat", id), scanChat, "SELECT "+chatColumns+" FROM chats WHERE id = $1", id)
}

func (t chats) List(ctx context.Context, ownerID, collectionID string, p retable.Page) (retable.List[retable.Chat], error) {
	l := listing[retable.Chat]{
		columns: chatColumns, table: "chats", key: "id", scan: scanChat,
		cursor: func(c *retable.Chat) string { return c.ID },
	}
	equal(&l.where, "owner_id", ownerID)
	equal(&l.where, "collection_id", collectionID)
	return l.page(ctx, t.tx, p)
}

// Append numbers the message from 1. Raising the chat's time first holds its
// row, so that two messages at once get two numbers.
func (t chats) Append(ctx context.Context, m *retable.ChatMessage) error {
	n, err := t.exec(ctx, "UPDATE chats SET updated_at = CASE WHEN updated_at < $1 THEN $1 ELSE updated_at END WHERE id = $2", m.At, m.ChatID)
	if err := changed(n, err, retable.Missing("chat", m.ChatID)); err != nil {
		return err
	}
	return t.value(ctx, &m.Number, `
		INSERT INTO chat_messages (chat_id, number, role, text, answer, at)
		VALUES ($1, (SELECT COALESCE(max(number), 0) + 1 FROM chat_messages WHERE chat_id = $1), $2, $3, $4, $5) RETURNING number`,
		m.ChatID, m.Role, m.Text, m.Answer, m.At)
}

func (t chats) Messages(ctx context.Context, chatID string) ([]retable.ChatMessage, error) {
	return many(ctx, t.tx, func(row scanner) (m retable.ChatMessage, err error) {
		err = row.Scan(&m.ChatID, &m.Number, &m.Role, &m.Text, raw(&m.Answer), &m.At)
		return m, err
	}, "SELECT chat_id, number, role, text, answer, at FROM chat_messages WHERE chat_id = $1 ORDER BY number", chatID)
}

func (t chats) Delete(ctx context.Context, id string) error {
	n, err := t.exec(ctx, "DELETE FROM chats WHERE id = $1", id)
	return changed(n, err, retable.Missing("chat", id))
}
