"""Pages of notifications."""

from django.urls import path

from ui.notifications import deliveries, views

urlpatterns = [
    path("", views.channel_list, name="notification_list"),
    path("new/", views.channel_new, name="notification_new"),
    path("<int:pk>/", views.channel_detail, name="notification_detail"),
    path("<int:pk>/edit/", views.channel_edit, name="notification_edit"),
    path("<int:pk>/test/", views.channel_test, name="notification_test"),
    path("<int:pk>/secret/", views.channel_secret, name="notification_secret"),
    path("<int:pk>/delete/", views.channel_delete, name="notification_delete"),
    path("deliveries/", deliveries.delivery_list, name="notification_delivery_list"),
    path("deliveries/<int:pk>/", deliveries.delivery_detail, name="notification_delivery"),
    path("deliveries/<int:pk>/resend/", deliveries.delivery_resend, name="notification_resend"),
]
