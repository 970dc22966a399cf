"""The addresses in a mail. None of them asks who is there: the token says it."""

from django.urls import URLPattern, path

from goen.doors.mail import leads, refusing

urlpatterns: list[URLPattern] = [
    path("t/o/<str:token>", leads.opened, name="mail_open"),
    path("t/c/<str:token>/<int:link>", leads.clicked, name="mail_click"),
    path("t/l/<str:token>", leads.landed, name="mail_land"),
    path("t/p/<str:name>", leads.picture, name="mail_picture"),
    path("u/<str:token>", refusing.refuse, name="mail_refuse"),
]
