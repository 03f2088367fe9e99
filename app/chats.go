package app

import (
	"context"
	"encoding/json"

	"retable/internal/retable"
)

// ChatDTO is a conversation about a collection.
type ChatDTO struct {
	ID           string `json:"id"`
	CollectionID string `json:"collection_id"`
	Title        string `json:"title"`
	CreatedAt    string `json:"created_at"`
	UpdatedAt    string `json:"updated_at"`
}

// ChatMessageDTO is one turn.
type ChatMessageDTO struct {
	Number int             `json:"number"`
	Role   string          `json:"role" enum:"user,assistant"`
	Text   string          `json:"text"`
	Answer json.RawMessage `json:"answer,omitempty"`
	At     string          `json:"at"`
}

// ChatMessages are the turns of a conversation, oldest first.
type ChatMessages struct {
	Messages []ChatMessageDTO `json:"messages"`
}

// ListChatsRequest chooses conversations.
type ListChatsRequest struct {
	CollectionID string `json:"collection_id,omitempty"`
	PageQuery
}

// CreateChatRequest begins a conversation.
type CreateChatRequest struct {
	CollectionID string `json:"collection_id"`
	Title        string `json:"title,omitempty" maxLength:"200"`
}

// ChatRef names a conversation.
type ChatRef struct {
	ChatID string `json:"chat_id"`
}

// ListChats lists the caller's conversations, newest first.
func (s *Service) ListChats(ctx context.Context, req ListChatsRequest) (*List[ChatDTO], error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	var out *List[ChatDTO]
	err = s.store.View(ctx, func(tx retable.Tx) error {
		l, err := tx.Chats().List(ctx, p.UserID, req.CollectionID, req.page())
		out = listOf(l, chatDTO)
		return err
	})
	return out, err
}

func chatDTO(c *retable.Chat) ChatDTO {
	return ChatDTO{c.ID, c.CollectionID, c.Title, c.CreatedAt.String(), c.UpdatedAt.String()}
}

// CreateChat begins a conversation about a collection.
func (s *Service) CreateChat(ctx context.Context, req CreateChatRequest) (*ChatDTO, error) {
	p, err := s.who(ctx, retable.ScopeAsk)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	c := &retable.Chat{ID: retable.NewID(), OwnerID: p.UserID, Title: req.Title, CreatedAt: now, UpdatedAt: now}
	err = s.store.Update(ctx, func(tx retable.Tx) error {
		about, err := collection(ctx, tx, p, req.CollectionID, false)
		if err != nil {
			return err
		}
		c.CollectionID = about.ID
		return tx.Chats().Create(ctx, c)
	})
	if err != nil {
		return nil, err
	}
	d := chatDTO(c)
	return &d, nil
}

// ownChat reads one of the caller's conversations.
func ownChat(ctx context.Context, tx retable.Tx, p *retable.Principal, id string) (*retable.Chat, error) {
	if !retable.ValidID(id) {
		return nil, retable.Missing("conversation", id)
	}
	c, err := tx.Chats().Get(ctx, id)
	if err == nil && c.OwnerID != p.UserID {
		return nil, retable.Missing("conversation", id)
	}
	return c, err
}

// GetMessages returns the turns of a conversation: also to export it.
func (s *Service) GetMessages(ctx context.Context, req ChatRef) (*ChatMessages, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	out := &ChatMessages{Messages: []ChatMessageDTO{}}
	err = s.store.View(ctx, func(tx retable.Tx) error {
		if _, err := ownChat(ctx, tx, p, req.ChatID); err != nil {
			return err
		}
		l, err := tx.Chats().Messages(ctx, req.ChatID)
		for i := range l {
			m := &l[i]
			out.Messages = append(out.Messages, ChatMessageDTO{m.Number, m.Role, m.Text, m.Answer, m.At.String()})
		}
		return err
	})
	return out, err
}

// DeleteChat removes a conversation.
func (s *Service) DeleteChat(ctx context.Context, req ChatRef) (*Success, error) {
	p, err := s.who(ctx, retable.ScopeAsk)
	if err != nil {
		return nil, err
	}
	err = s.store.Update(ctx, func(tx retable.Tx) error {
		if _, err := ownChat(ctx, tx, p, req.ChatID); err != nil {
			return err
		}
		return tx.Chats().Delete(ctx, req.ChatID)
	})
	if err != nil {
		return nil, err
	}
	return done(), nil
}
