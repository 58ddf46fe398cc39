package fakediscord

import (
	"encoding/json"
	"net/http"
)

// apiError is an error as the API tells it.
type apiError struct {
	status  int
	code    int
	message string
	fields  obj // of 50035
}

func (e *apiError) Error() string { return e.message }

// Errors: developers/topics/opcodes-and-status-codes.mdx, "JSON Error Codes"; the messages are those that Discord sends.
func unknown(code int, what string) *apiError {
	return &apiError{status: http.StatusNotFound, code: code, message: "Unknown " + what}
}

func forbidden(code int, message string) *apiError {
	return &apiError{status: http.StatusForbidden, code: code, message: message}
}

func bad(code int, message string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: code, message: message}
}

var (
	errUnknownChannel     = unknown(10003, "Channel")
	errUnknownGuild       = unknown(10004, "Guild")
	errUnknownMember      = unknown(10007, "Member")
	errUnknownMessage     = unknown(10008, "Message")
	errUnknownUser        = unknown(10013, "User")
	errUnknownWebhook     = unknown(10015, "Webhook")
	errUnknownInteraction = unknown(10062, "interaction")
	errUnknownCommand     = unknown(10063, "application command")

	errNotThisApp    = forbidden(20012, "You are not authorized to perform this action on this application")
	errMissingAccess = forbidden(50001, "Missing Access")
	errDMsClosed     = forbidden(50007, "Cannot send messages to this user")
	errMissing       = forbidden(50013, "Missing Permissions")
	errNotTheAuthor  = forbidden(50005, "Cannot edit a message authored by another user")
	errThreadLocked  = forbidden(160005, "Thread is locked")

	errAcknowledged = bad(40060, "Interaction has already been acknowledged.")
	errFollowups    = bad(40094, "This interaction has hit the maximum number of follow up messages.")
	errEmpty        = bad(50006, "Cannot send an empty message")
	errNotText      = bad(50008, "Cannot send messages in a non-text channel")
	errArchived     = bad(50083, "Thread is archived")
	errNoHistory    = bad(160002, "You cannot reply to a message without permission to read message history")
	errHasThread    = bad(160004, "A thread has already been created for this message")
	errTooMany      = bad(30032, "Maximum number of application commands reached (100).")
	errCreates      = bad(30034, "Max number of daily application command creates has been reached (200)")
	errDeadToken    = &apiError{status: http.StatusUnauthorized, code: 50027, message: "Invalid Webhook Token"}
)

// invalid is 50035: what is wrong with one field of the body.
func invalid(field, code, message string) *apiError {
	errors := obj{"_errors": []any{obj{"code": code, "message": message}}}
	if field != "" {
		errors = obj{field: errors}
	}
	return &apiError{status: http.StatusBadRequest, code: 50035, message: "Invalid Form Body", fields: errors}
}

// refused is the reply of an error.
func refused(err error) reply {
	e, ok := err.(*apiError)
	if !ok {
		e = &apiError{status: http.StatusInternalServerError, message: "500: Internal Server Error"}
	}
	body := obj{"message": e.message, "code": e.code}
	if e.fields != nil {
		body["errors"] = e.fields
	}
	return reply{status: e.status, body: raw(body)}
}

// codeIn is the code of an error's body, 0 where there is none.
func codeIn(body []byte) int {
	var e struct{ Code int }
	_ = json.Unmarshal(body, &e)
	return e.Code
}
